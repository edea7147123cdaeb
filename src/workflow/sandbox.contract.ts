import { describe, expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import type { Json } from '../protocol/json.ts';
import { checkScript } from './script/checkScript.ts';
import type { CheckedScript } from './script/check.ts';
import type { BudgetNow, Effect, Notice, Sandbox, SandboxEnd, Settlement } from './sandbox.ts';

export interface Played {
  readonly end: SandboxEnd;
  readonly effects: readonly Effect[];
  readonly notices: readonly Notice[];
}

/** What a host answers; null leaves the call open for good. */
export type Answer = (effect: Effect) => Answered | null | Promise<Answered | null>;
export type Answered =
  | { readonly value: Json }
  | { readonly error: { readonly name: string; readonly message: string }; readonly listed?: true }
  | { readonly script: CheckedScript; readonly args?: Json };

export interface PlayOptions {
  readonly args?: Json;
  readonly budgetTotal?: number | null;
  /** From the first answer on; absent: as it was. */
  readonly totalThen?: number | null;
  readonly fileName?: string;
  /** Default: an agent answers `done <prompt>`; each answer costs 10 tokens. */
  readonly answer?: Answer;
}

export function scriptOf(body: string, name = 'test'): CheckedScript {
  const checked = checkScript(`export const meta = { name: '${name}', description: 'd' }; ${body}`, 'test.js');
  if (!checked.ok) throw new Error(checked.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return checked.script;
}

/** Runs a body to its end with a host that answers its calls. */
export async function play(sandbox: Sandbox, body: string, options: PlayOptions = {}): Promise<Played> {
  const effects: Effect[] = [];
  const notices: Notice[] = [];
  const { answer = echo, budgetTotal = null, totalThen = budgetTotal, fileName = 'test.js', args } = options;
  const run = sandbox.start(
    { script: scriptOf(body), fileName, args, budgetTotal },
    {
      runTime: new FakeClock(),
      effect: (effect) => {
        effects.push(effect);
        const budget = { spent: effects.length * 10, total: totalThen };
        void Promise.resolve(answer(effect)).then(
          (answered) => answered && run.settle(settlementOf(effect.id, answered, budget)),
        );
      },
      notice: (notice) => notices.push(notice),
    },
  );
  try {
    return { end: await run.ended, effects, notices };
  } finally {
    await run.dispose();
  }
}

function settlementOf(id: number, answered: Answered, budget: BudgetNow): Settlement {
  if ('script' in answered) return { id, ok: 'script', script: answered.script, args: answered.args, ...budget };
  if ('error' in answered) return { id, ok: false, error: answered.error, listed: answered.listed ?? false, ...budget };
  return { id, ok: true, value: answered.value, ...budget };
}

export function echo(effect: Effect): Answered {
  const prompt = effect.args[0];
  if (prompt === 'fails') return { error: { name: 'WorkflowError', message: 'it failed' } };
  if (prompt === 'capped') return { error: { name: 'BudgetError', message: 'spent' }, listed: true };
  return { value: `done ${typeof prompt === 'string' ? prompt : JSON.stringify(prompt)}` };
}

interface Case {
  readonly name: string;
  readonly body: string;
  readonly options?: PlayOptions;
  readonly value: Json;
  readonly notices?: readonly unknown[];
  readonly prompts?: readonly Json[];
}

const CASES: readonly Case[] = [
  {
    name: 'W04 the returned value is the result',
    body: 'return { a: [1, "two", null], b: true }',
    value: { a: [1, 'two', null], b: true },
  },
  { name: 'W04 no return is null', body: 'await null', value: null },
  { name: 'W20 agent() resolves to the answer', body: 'return await agent("x")', value: 'done x', prompts: ['x'] },
  {
    name: 'W20 calls run at once',
    body: 'const calls = ["a", "b", "c"].map((p) => agent(p)); return await Promise.all(calls)',
    value: ['done a', 'done b', 'done c'],
    prompts: ['a', 'b', 'c'],
  },
  {
    name: 'W30 parallel keeps the order and fills the slot of a throwing thunk with null',
    body: 'return await parallel([() => agent("a"), () => { throw new TypeError("oops") }, async () => agent("fails"), () => 4])',
    value: ['done a', null, null, 4],
    notices: [
      { kind: 'failure', where: 'parallel[1]', message: expect.stringContaining('TypeError: oops') as unknown },
      { kind: 'failure', where: 'parallel[2]', message: expect.stringContaining('it failed') as unknown },
    ],
  },
  {
    name: 'W23 a slot that fails by what the host has listed is no other failure',
    body: `const slots = await parallel([() => agent("capped"), async () => { try { await agent("capped") } catch (error) { throw error } }]);
      const [item] = await pipeline(["capped"], (prompt) => agent(prompt));
      return [...slots, item]`,
    value: [null, null, null],
    notices: [],
  },
  { name: 'W30 parallel of nothing is an empty list', body: 'return await parallel([])', value: [] },
  {
    name: 'W31 stages get the previous value, the item and the index',
    body: 'return await pipeline(["a", "b"], (p, item, i) => p === item && agent(p + i), (p, item, i) => [p, item, i])',
    value: [
      ['done a0', 'a', 0],
      ['done b1', 'b', 1],
    ],
  },
  {
    name: 'W31 null skips the later stages and is no failure, undefined goes on',
    body: 'return await pipeline([1, 2], (n) => (n === 1 ? null : undefined), (p) => p === undefined ? "went on" : "wrong")',
    value: [null, 'went on'],
    notices: [],
  },
  {
    name: 'W31 a throwing stage makes its item null and skips the later stages',
    body: 'let later = 0; const r = await pipeline([1, 2], (n) => { if (n === 1) throw new Error("no"); return n }, (n) => { later++; return n }); return [r, later]',
    value: [[null, 2], 1],
    notices: [{ kind: 'failure', where: 'pipeline[0], stage 1', message: expect.stringContaining('no') as unknown }],
  },
  {
    name: 'W33 phase() and log() are told in order',
    body: 'phase("one"); log("hello"); phase("two")',
    value: null,
    notices: [
      { kind: 'phase', title: 'one' },
      { kind: 'log', level: 'info', message: 'hello' },
      { kind: 'phase', title: 'two' },
    ],
  },
  {
    name: 'W34 args arrive as they are',
    body: 'return [args, args.deep[1]]',
    options: { args: { deep: [1, 'x'] } },
    value: [{ deep: [1, 'x'] }, 'x'],
  },
  { name: 'W34 args are undefined when omitted', body: 'return typeof args', value: 'undefined' },
  {
    name: 'W35 the budget follows what was spent',
    body: 'const before = budget.remaining(); await agent("x"); return [budget.total, before, budget.spent(), budget.remaining()]',
    options: { budgetTotal: 100 },
    value: [100, 100, 10, 90],
  },
  ...[
    { name: 'raised', totalThen: 500, value: [100, 500, 490, 500, 480] },
    { name: 'lowered below what is spent', totalThen: 5, value: [100, 5, 0, 5, 0] },
    { name: 'lifted', totalThen: null, value: [100, null, true, null, true] },
  ].map(({ name, totalThen, value }) => ({
    name: `W35 W46 a cap that is ${name} while the script runs shows in its budget, and in a nested workflow's`,
    body: `const shown = []; const { total } = budget;
      const rest = () => budget.remaining() === Infinity || budget.remaining();
      await agent("x"); shown.push(total, budget.total, rest());
      return [...shown, ...(await workflow("other"))];`,
    options: {
      ...{ budgetTotal: 100, totalThen },
      answer: (effect: Effect) =>
        effect.name === 'workflow'
          ? {
              script: scriptOf(
                'const rest = budget.remaining(); return [budget.total, rest === Infinity || rest]',
                'other',
              ),
            }
          : echo(effect),
    },
    value,
  })),
  {
    name: 'W35 without a cap the rest is Infinity',
    body: 'return [budget.total, budget.remaining() === Infinity]',
    value: [null, true],
  },
  {
    name: 'W36 workflow() runs the other script inline, with its own args',
    body: 'return [await workflow("other", { n: 2 }), typeof args]',
    options: {
      answer: (effect) =>
        effect.name === 'workflow'
          ? { script: scriptOf('return [args.n, await agent("in")]', 'other'), args: { n: 2 } }
          : echo(effect),
    },
    value: [[2, 'done in'], 'undefined'],
    prompts: ['other', 'in'],
  },
  {
    name: 'W39 a rejection is an error of that name',
    body: 'try { await agent("fails") } catch (error) { return [error instanceof Error, error.name, error.message] }',
    value: [true, 'WorkflowError', 'it failed'],
  },
];

/** What every sandbox does, the fake included. Isolation is the real one's own matter. */
export function sandboxContract(name: string, create: () => Sandbox): void {
  describe(`the sandbox contract: ${name}`, () => {
    test.each(CASES)('$name', async ({ body, options, value, notices, prompts }) => {
      const played = await play(create(), body, options);
      expect(played.end).toMatchObject({ kind: 'returned', value });
      if (notices) expect(played.notices).toEqual(notices);
      if (prompts) expect(played.effects.map(({ args }) => args[0])).toEqual(prompts);
    });

    test('W04 a script that returns while calls are open ends at once', async () => {
      const { end } = await play(create(), 'agent("x"); return 1', { answer: () => null });
      expect(end).toMatchObject({ kind: 'returned', value: 1 });
    });

    test('W08 the compiler accepts what the check accepts', async () => {
      expect(await create().compile(scriptOf('for await (const x of []) ; return 1'))).toBeNull();
    });

    test('W24 an effect names its scope and the phase in force there', async () => {
      const nested = scriptOf('phase("inner"); await agent("b")', 'other');
      const body = 'await agent("a"); phase("outer"); await workflow("w"); await agent("c", { phase: "own" })';
      const answer: Answer = (effect) => (effect.name === 'workflow' ? { script: nested } : echo(effect));
      const { effects } = await play(create(), body, { answer });
      expect(effects.map(({ id, name: call, scope, phase }) => [id, call, scope, phase])).toEqual([
        [1, 'agent', '', null],
        [2, 'workflow', '', 'outer'],
        [3, 'agent', 'other', 'inner'],
        [4, 'agent', '', 'outer'],
      ]);
      expect(effects[3]?.args).toEqual(['c', { phase: 'own' }]);
    });

    test('W30 parallel refuses what is no list, W31 and so does pipeline', async () => {
      const thrown = (body: string): Promise<SandboxEnd> => play(create(), body).then(({ end }) => end);
      expect(await thrown('await parallel("abc")')).toMatchObject({ kind: 'threw', error: { name: 'TypeError' } });
      expect(await thrown('await pipeline(new Set([1]), (x) => x)')).toMatchObject({
        kind: 'threw',
        error: { name: 'TypeError' },
      });
    });

    test('W36 a nested workflow cannot run another', async () => {
      const answer: Answer = () => ({ script: scriptOf('return await workflow("again")', 'other') });
      const { end, effects } = await play(create(), 'return await workflow("w")', { answer });
      expect(end).toMatchObject({ kind: 'threw', error: { message: expect.stringContaining('one level') as unknown } });
      expect(effects).toHaveLength(1);
    });

    test('W39 a throw ends the run with its name and message', async () => {
      const { end } = await play(create(), 'throw new RangeError("too far")');
      expect(end).toMatchObject({ kind: 'threw', error: { name: 'RangeError', message: 'too far' } });
    });

    test('a disposed run ends as killed, and answers come too late', async () => {
      let started: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => (started = resolve));
      const run = create().start(
        { script: scriptOf('await agent("x")'), fileName: 'test.js', args: undefined, budgetTotal: null },
        { runTime: new FakeClock(), effect: () => started(), notice: () => undefined },
      );
      await asked;
      await run.dispose();
      run.settle({ id: 1, ok: true, value: 'late', spent: 0, total: null });
      expect(await run.ended).toMatchObject({ kind: 'killed' });
    });
  });
}
