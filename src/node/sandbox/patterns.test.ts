import { describe, expect, test } from 'vitest';
import type { Json } from '../../protocol/json.ts';
import type { Answer, PlayOptions } from '../../workflow/sandbox.contract.ts';
import { echo, play, scriptOf } from '../../workflow/sandbox.contract.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

/** Answers a question in form as the first words of its label say. */
const inForm: Answer = (effect) => {
  const [prompt, options] = effect.args as [string, { readonly label?: string }?];
  const label = options?.label ?? '';
  if (label.startsWith('classify')) return { value: { route: 'second', reason: 'it fits' } };
  if (label.startsWith('skeptic'))
    return { value: { verdict: prompt.includes('weak') ? 'refuted' : 'upheld', reason: 'r' } };
  if (label.startsWith('score')) return { value: { score: prompt.length, reason: 'r' } };
  if (label.includes(' or ')) return { value: { winner: 'b', reason: 'r' } };
  return echo(effect);
};

describe('patterns in the real sandbox', () => {
  const cases: readonly {
    readonly name: string;
    readonly body: string;
    readonly value: unknown;
    readonly calls: number;
  }[] = [
    {
      name: 'classifyAndAct',
      body: `return await patterns.classifyAndAct('it', { routes: { first: () => 1, second: { model: 'haiku' } } })`,
      value: { route: 'second', reason: 'it fits', form: null, result: 'done it' },
      calls: 2,
    },
    {
      name: 'fanOutAndSynthesize',
      body: `return await patterns.fanOutAndSynthesize(['a', 'b'], { each: 'Look.', synthesize: (parts) => parts.map(({ result }) => result) })`,
      value: { result: ['done Look.\n\na', 'done Look.\n\nb'], parts: ['done Look.\n\na', 'done Look.\n\nb'] },
      calls: 2,
    },
    {
      name: 'adversarialVerify',
      body: `const { kept, dropped } = await patterns.adversarialVerify(['weak', 'strong']); return [kept.map((k) => k.claim), dropped]`,
      value: [
        ['strong'],
        [
          {
            claim: 'weak',
            votes: { upheld: 0, refuted: 3, abstained: 0 },
            reasons: Array(3).fill('refuted: r') as string[],
          },
        ],
      ],
      calls: 6,
    },
    {
      name: 'generateAndFilter',
      body: `const { kept } = await patterns.generateAndFilter({ prompts: ['x', 'longer', 'x'], score: 'How long?', keep: 1 }); return kept`,
      value: [{ candidate: 'done longer', score: 'How long?\n\ndone longer'.length, reason: 'r' }],
      calls: 5,
    },
    {
      name: 'tournament',
      body: `const { ranking, winner } = await patterns.tournament([3, 1, 2], { judge: (a, b) => (a < b ? 'a' : 'b'), rank: true }); return [ranking, winner, (await patterns.tournament(['p', 'q'], { judge: 'Which?' })).winner]`,
      value: [[1, 2, 3], 1, 'q'],
      calls: 1,
    },
    {
      name: 'loopUntilDone',
      body: `return await patterns.loopUntilDone({ round: (n) => agent(n < 2 ? 'find ' + n : 'find nothing new') })`,
      value: { found: ['done find 0', 'done find 1', 'done find nothing new'], rounds: 5, ended: 'dry' },
      calls: 5,
    },
    {
      name: 'inDependencyOrder',
      body: `return await patterns.inDependencyOrder(['b', 'a'], { b: ['a'] }, (unit, before) => agent(unit + before))`,
      value: { results: ['done bdone a', 'done a'], done: ['b', 'a'], failed: [], blocked: [] },
      calls: 2,
    },
  ];
  test.each(cases)('X05 $name', async ({ body, value, calls }) => {
    const played = await play(sandbox, body, { answer: inForm });
    expect(played.end).toMatchObject({ kind: 'returned', value });
    expect(played.effects).toHaveLength(calls);
    expect(played.notices).toEqual([]);
  });

  test('X05 a check by command is an effect like any other', async () => {
    const answer: Answer = (effect) => (effect.name === 'check' ? { value: { exitCode: 0 } } : { value: 'item' });
    const body = `return await patterns.loopUntilDone({ round: 'Go on.', check: 'npm test' })`;
    const { end, effects } = await play(sandbox, body, { answer });
    expect(end).toMatchObject({ value: { found: ['item'], rounds: 1, ended: 'check' } });
    expect(effects.map(({ name, args }) => [name, args[0]])).toEqual([
      ['agent', 'Go on.\n\nThis is round 1.'],
      ['check', 'npm test'],
    ]);
  });

  test('X05 workers that fail are failures of the run, and a mistake points at its line of the script', async () => {
    const body = `const r = await patterns.fanOutAndSynthesize([1, 2], { each: (n) => { if (n === 1) throw new Error('bad'); return n }, synthesize: (p) => p.length });
await patterns.tournament('abc', { judge: () => 'a' })`;
    const { end, notices } = await play(sandbox, body);
    expect(notices).toEqual([
      { kind: 'failure', where: 'fanOutAndSynthesize, each', message: expect.stringContaining('bad') as string },
    ]);
    expect(end).toMatchObject({
      kind: 'threw',
      error: { name: 'TypeError', stack: expect.stringMatching(/test\.js:2:/) as string },
    });
  });

  test('W39 the rejection of a pattern that nobody handled is told', async () => {
    const { end } = await play(sandbox, `patterns.tournament(1, {}); return await agent('x')`);
    expect(end).toMatchObject({ unhandled: [expect.stringContaining('entries must be an array') as string] });
  });

  test('X05 a nested workflow has patterns whose agents are its own', async () => {
    const nested = scriptOf(
      `return await patterns.fanOutAndSynthesize(['a'], { each: {}, synthesize: (p) => p.length })`,
      'other',
    );
    const answer: Answer = (effect) => (effect.name === 'workflow' ? { script: nested } : echo(effect));
    const { effects } = await play(sandbox, `return await workflow('w')`, { answer });
    expect(effects.map(({ name, scope }) => [name, scope])).toEqual([
      ['workflow', ''],
      ['agent', 'other'],
    ]);
  });

  test('X05 nobody can change what patterns do, and what they are made of is out of reach', async () => {
    const body = `return [Object.isFrozen(patterns), Object.values(patterns).every(Object.isFrozen), typeof guestKit, typeof makePatterns, typeof makeUnits]`;
    const { end } = await play(sandbox, body);
    expect(end).toMatchObject({ value: [true, true, 'undefined', 'undefined', 'undefined'] });
  });
});

describe('coverage in the real sandbox', () => {
  const unvisited = async (body: string, options: PlayOptions = {}): Promise<readonly unknown[]> => {
    const { notices } = await play(sandbox, body, options);
    return notices.flatMap((notice) => (notice.kind === 'unvisited' ? [notice.unit] : []));
  };

  test.each<{ name: string; body: string; units: Json[] }>([
    { name: 'a unit without a result', body: `return coverage(['a', 'b', 'c'], ['x', null])`, units: ['c'] },
    { name: 'none when all were', body: `return coverage(['a', 'b'], ['x', null])`, units: [] },
    { name: 'the last word only', body: `coverage(['a', 'b'], ['x']); return coverage(['b'], ['y'])`, units: [] },
    { name: 'also when it throws', body: `coverage([{ id: 7 }], []); throw new Error('no')`, units: ['{"id":7}'] },
    { name: 'each unit once', body: `coverage(['a'], []); coverage(['a'], [])`, units: ['a'] },
  ])('X11 tells of units that nobody visited: $name', async ({ body, units }) => {
    expect(await unvisited(body)).toEqual(units);
  });

  test('X11 many of them are counted', async () => {
    const units = await unvisited(`coverage(Array.from({ length: 250 }, (_, n) => n), [])`);
    expect(units).toHaveLength(101);
    expect(units.at(-1)).toBe('and 150 more');
  });
});
