import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Rehearsal } from '../../src/workflow/rehearsal/rehearsal.ts';
import { script, withBench } from '../support/engine.ts';
import { forecastRun } from '../../src/node/rehearsal/forecastRun.ts';
import { rehearse, type RehearseRequest } from '../../src/node/rehearsal/rehearse.ts';

const OPTIONS = {
  home: join(tmpdir(), 'no-such-home'),
  workflows: { personal: '/nowhere', shipped: join(import.meta.dirname, '../../workflows') },
  defaultModel: 'sonnet',
};
const never = new AbortController().signal;

function request(body: string, meta = '', args?: RehearseRequest['args']): RehearseRequest {
  const script = `export const meta = { name: 'test', description: 'd'${meta} };\n${body}`;
  return { script, cwd: tmpdir(), ...(args === undefined ? {} : { args }) };
}

async function rehearsalOf(body: string, meta = '', more: Partial<RehearseRequest> = {}): Promise<Rehearsal> {
  const result = await rehearse(OPTIONS, { ...request(body, meta), ...more }, never);
  if (result.kind !== 'rehearsed') throw new Error(JSON.stringify(result));
  return result.rehearsal;
}

function found({ findings }: Rehearsal): readonly string[] {
  return findings.map(({ severity, code, line, column }) =>
    [severity, code, ...(line === undefined ? [] : [`${line}:${column ?? 0}`])].join(' '),
  );
}

const LIST =
  "{ type: 'object', properties: { items: { type: 'array', items: { type: 'string' } } }, required: ['items'] }";
const FLAG = "{ type: 'object', properties: { done: { type: 'boolean' } }, required: ['done'] }";

describe('X08 what a rehearsal counts', () => {
  test('agents by phase, their order, and how many wait for one another', async () => {
    const body = `phase('Find');
const found = await agent('find', { schema: ${LIST} });
const read = await pipeline(found?.items ?? [], (item) => agent('read ' + item, { phase: 'Read' }), (text, item) => agent('judge ' + item + text, { phase: 'Judge', model: 'opus' }));
phase('Write');
return await agent('write ' + read.join());`;
    const rehearsal = await rehearsalOf(body);
    expect(rehearsal).toMatchObject({
      ...{ workflowName: 'test', plays: 9, bounded: true, basis: { kind: 'assumed' } },
      agents: { min: 2, likely: 12, max: 62 },
      depth: { min: 2, likely: 4, max: 4 },
      phases: [
        { title: 'Find', agents: { min: 1, likely: 1, max: 1 }, after: [] },
        { title: 'Read', agents: { min: 0, likely: 5, max: 30 }, after: ['Find'] },
        { title: 'Judge', agents: { min: 0, likely: 5, max: 30 }, models: ['claude-opus-5-5'], after: ['Read'] },
        { title: 'Write', agents: { min: 1, likely: 1, max: 1 } },
      ],
    });
    const { outputTokens, usd, phases } = rehearsal;
    for (const { min, likely, max } of [outputTokens, usd ?? outputTokens]) {
      expect(min).toBeLessThan(likely);
      expect(likely).toBeLessThan(max);
    }
    const sum = phases.reduce((total, phase) => total + (phase.usd?.likely ?? NaN), 0);
    expect(sum).toBeCloseTo(usd?.likely ?? NaN, 6);
    expect(found(rehearsal)).toEqual(['info X08-fan-out']);
  });

  test('time goes by how many work at once, and a pipeline has no barrier', async () => {
    const [wide, narrow] = await Promise.all(
      [16, 2].map((concurrency) =>
        rehearsalOf("await parallel([1, 2, 3, 4, 5, 6, 7, 8].map((n) => () => agent('look at ' + n)))", '', {
          concurrency,
        }),
      ),
    );
    expect((narrow?.ms.likely ?? 0) / (wide?.ms.likely ?? 1)).toBeGreaterThan(2.2);
    const stages = '(n) => agent("one " + n), (text, n) => agent("two " + n)';
    const [pipe, barrier] = await Promise.all([
      rehearsalOf(`await pipeline([1, 2, 3, 4, 5, 6], ${stages})`),
      rehearsalOf(`for (const stage of [${stages}]) await parallel([1, 2, 3, 4, 5, 6].map((n) => () => stage(n, n)))`),
    ]);
    expect(pipe.ms.likely).toBeLessThan(barrier.ms.likely);
    expect(pipe.depth.likely).toBe(2);
  });

  test('changes, reviews, landings, commands, questions and workflows inside: none of them is real', async () => {
    const body = `const who = await ask('Which?', { choices: ['x', 'y'] });
const first = await check('rm -rf /');
const made = await change('write it', { verify: 'rm -rf /' });
if (!made) return null;
const tests = [{ path: 'test/a.sh', content: 'false', command: 'rm -rf /' }];
if ((await change('write it again', { tests })) === null) log('nothing');
const { approved } = await review(made, { lenses: ['a', 'b'] });
const landing = await land(made, { verify: 'rm -rf /' });
return [who, first?.exitCode, approved, landing.status, await workflow('fix-failing-tests', { maxFailures: 1 })];`;
    const rehearsal = await rehearsalOf(body);
    expect(rehearsal.agents.min).toBe(1);
    expect(rehearsal.phases.map(({ title }) => title)).toEqual(expect.arrayContaining([null, 'Find', 'Fix']));
    expect(found(rehearsal).filter((text) => text.startsWith('error'))).toEqual([]);
  });

  test.each([
    { name: 'wait', waits: 'new Promise((woken) => setTimeout(woken, 7200000))' },
    { name: 'deadline', waits: 'parallel([() => new Promise(() => undefined)], { deadlineMs: 7200000 })' },
  ])('a $name of hours takes no time, and a model without a price has none', async ({ waits }) => {
    const body = `await ${waits}; return await agent("x")`;
    const { ms, usd } = await rehearsalOf(body, '', { model: 'unheard-of' });
    expect(ms.likely).toBeGreaterThan(7_200_000);
    expect(usd).toBeNull();
  });
});

const RETRIES = `let todo = ['a', 'b', 'c', 'd'];
while (todo.length > 0) {
  const results = await parallel(todo.map((task) => () => agent(task)));
  todo = todo.filter((_, n) => results[n] === null);
}`;

describe('X08 what a rehearsal warns of', () => {
  test.each<{ name: string; body: string; meta?: string; says: readonly string[] }>([
    {
      name: 'a loop that only an agent can end',
      body: `let done = false;\nwhile (!done) done = (await agent('x', { schema: ${FLAG} }))?.done;\nreturn done`,
      says: ['warning X08-endless'],
    },
    {
      name: 'a null that is not looked at, and only once',
      body: "const text = await agent('x');\nreturn text.trim();",
      says: ['warning X08-null 3:12'],
    },
    {
      name: 'the same in a slot of a fan-out, which would only become null',
      body: `const all = await parallel([1, 2, 3, 4].map((n) => async () => (await agent('x' + n, { schema: ${FLAG} })).done));\nreturn all`,
      says: ['warning X08-null 2:181'],
    },
    {
      name: 'a mistake, whatever the answers are',
      body: "await agent('x');\nreturn undefinde.trim();",
      says: ['error X08-script-error 3:8', 'warning W07-unknown-name 3:8'],
    },
    {
      name: 'a phase that nothing leads to',
      body: "const x = await agent('x', { phase: 'A' });\nif (x === 'never so') await agent('y', { phase: 'B' });\nreturn x",
      meta: ", phases: [{ title: 'A' }, { title: 'B' }]",
      says: ['warning X08-idle-phase'],
    },
    {
      name: 'many agents at once, and what can be seen in the text',
      body: "const first = await parallel(args.map((n) => () => agent('a' + n)));\nreturn await parallel(first.map((text) => () => agent('b' + text)))",
      says: ['warning X08-fan-out', 'warning W31-barrier 3:14'],
    },
  ])('$name', async ({ body, meta, says }) => {
    const args = Array.from({ length: 40 }, (_, n) => n);
    const rehearsal = await rehearsalOf(body, meta, body.includes('args') ? { args } : {});
    expect(found(rehearsal)).toEqual(says);
    expect(rehearsal.bounded).toBe(!says.some((text) => /X08-endless|error X08-script-error/.test(text)));
  });

  test('a mistake of its own that only reads as a text which could not be parsed', async () => {
    const rehearsal = await rehearsalOf("const odd = new RegExp('[unclosed');\nreturn await agent('x' + odd)");
    expect(found(rehearsal)).toContainEqual(expect.stringMatching(/^error X08-script-error/));
  });

  test('a cap that refuses agents of a fan-out, once', async () => {
    const body = 'return await parallel([1, 2, 3, 4].map((n) => () => agent("x" + n)));';
    const rehearsal = await rehearsalOf(body, '', { caps: { agents: 2 } });
    expect(found(rehearsal)).toEqual(['warning X08-cap']);
    expect(rehearsal.findings[0]?.message).toMatch(/^In all \d plays a cap refuses agents: The budget of 2 agents/);
  });

  test('that nothing is known of what comes behind the place where every play broke', async () => {
    const body =
      "const { go } = await agent('x', { schema: { type: 'object' } });\nconst all = go.list;\nreturn await parallel(all.map((n) => () => agent(n)))";
    const { bounded, uncertainty } = await rehearsalOf(body);
    expect(bounded).toBe(false);
    expect(uncertainty).toContainEqual(expect.stringMatching(/^Every play broke off before its end/));
  });
});

describe('X08 what agents answer in a rehearsal', () => {
  test('plain text has lines as a list has items', async () => {
    const body =
      "const list = (await agent('List the files, one a line.')) ?? '';\nreturn await parallel(list.split('\\n').map((f) => () => agent('Look at ' + f)))";
    const { agents } = await rehearsalOf(body);
    expect(agents.min).toBeLessThan(4);
    expect(agents.max).toBeGreaterThan(30);
  });

  test('plain text has now and then the word in capitals that its prompt speaks of', async () => {
    const body = `let text = '';
      for (let round = 0; round < 10 && !text.includes('APPROVED'); round++) text = (await agent('Judge it. Answer APPROVED or what is missing.')) ?? '';
      return text`;
    const { agents } = await rehearsalOf(body);
    expect([agents.min, agents.max]).toEqual([1, 10]);
  });

  test('a text that the script compares leads both ways, and its forecast is no single figure', async () => {
    const body = `const judged = await agent('Judge.', { schema: { type: 'object', required: ['status'], properties: { status: { type: 'string' } } } });
      return judged?.status === 'done' ? 'done' : await agent('Go on.');`;
    for (const extent of ['whole', 'brief'] as const) {
      const result = await rehearse(OPTIONS, request(body), never, extent);
      expect(result).toMatchObject({ rehearsal: { agents: { min: 1, max: 2 } } });
    }
  });

  test('a throw that quotes what was made up is no certain error', async () => {
    const body = `const plan = await agent('Plan.', { schema: { type: 'object', required: ['version'], properties: { version: { type: 'string' } } } });
      if (plan !== null && !/^[0-9]+$/.test(plan.version)) throw new Error('no version: ' + plan.version);
      return await agent('Go on.');`;
    const { findings, bounded } = await rehearsalOf(body);
    expect(bounded).toBe(false);
    expect(findings).toMatchObject([{ severity: 'info', code: 'X08-script-error' }]);
    expect(findings[0]?.message).toMatch(/no version: made-up version \d+\. The value was made up/);
  });

  test('where only the play that finds nothing comes through, it is no bound', async () => {
    const body = `const { items } = (await agent('x', { schema: ${LIST} })) ?? { items: [] };
      if (items.length > 1) throw new Error('More than one.');
      return await parallel(items.map((item) => () => agent(item)));`;
    const { bounded, uncertainty } = await rehearsalOf(body);
    expect(bounded).toBe(false);
    expect(uncertainty).toContainEqual(expect.stringMatching(/^\d of 7 plays broke off before their end: what comes/));
  });

  test('where some plays broke off, it says that they are not counted', async () => {
    const body = `const { items } = (await agent('x', { schema: ${LIST} })) ?? { items: [] };
      if (items.length > 20) throw new Error('Too many.');
      return await parallel(items.map((item) => () => agent(item)));`;
    const { bounded, agents, uncertainty } = await rehearsalOf(body);
    expect([bounded, agents.max]).toEqual([true, 11]);
    expect(uncertainty).toContainEqual(
      expect.stringMatching(/^1 of 7 plays broke off before its end: the figures are/),
    );
  });

  test('items depend on items before them', async () => {
    const schema = `{ type: 'object', required: ['units'], properties: { units: { type: 'array', items: { type: 'object', required: ['id', 'dependsOn'],
      properties: { id: { type: 'string' }, dependsOn: { type: 'array', items: { type: 'string' } } } } } } }`;
    const body = `const plan = await agent('Plan.', { schema: ${schema} });
      return await patterns.inDependencyOrder(plan?.units ?? [], (unit) => unit.dependsOn, (unit) => agent('Do ' + unit.id));`;
    const rehearsal = await rehearsalOf(body);
    expect(found(rehearsal)).not.toContainEqual(expect.stringContaining('script-error'));
    expect(rehearsal.depth.max).toBeGreaterThan(10);
  });

  test('an index is one that a list has; what cannot be parsed was made up, and is no certain error', async () => {
    const body = `const pick = await agent('Pick.', { schema: { type: 'object', required: ['index'], properties: { index: { type: 'integer' } } } });
      const name = ['a', 'b'][pick?.index ?? 0].toUpperCase();
      return [name, JSON.parse((await agent('Answer with JSON.')) ?? '{}')];`;
    const { findings } = await rehearsalOf(body);
    expect(findings.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'X08-script-error']]);
    expect(findings[0]?.message).toMatch(/SyntaxError: .*The text was made up; an agent with a schema/);
  });

  test.each([
    { name: 'what fails, though a cap is reached', body: RETRIES, caps: { agents: 2 }, agents: 2 },
    { name: 'a person', body: "while ((await ask('Go on?')) !== 'no') log('once more')", caps: {}, agents: 0 },
  ])('a loop that asks again and again: $name', async ({ body, caps, agents }) => {
    const result = await rehearse(OPTIONS, { ...request(body), caps }, never, 'brief');
    expect(result).toMatchObject({
      rehearsal: {
        ...{ bounded: false, plays: 3, agents: { max: agents } },
        findings: expect.arrayContaining([
          expect.objectContaining({
            code: 'X08-endless',
            message: expect.stringMatching(
              /^In all 3 plays it did not end .* try nothing again that is refused/,
            ) as string,
          }),
        ]) as unknown,
      },
    });
  });

  test('agents for whose schema there is no answer, once', async () => {
    const schema =
      "{ type: 'object', required: ['a'], properties: { a: { type: 'string', minLength: 3, maxLength: 1 } } }";
    const body = `return await parallel([1, 2, 3, 4, 5].map((n) => () => agent('x' + n, { schema: ${schema} })))`;
    const { findings } = await rehearsalOf(body);
    const said = findings.filter(({ code }) => code === 'X08-no-answer');
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^No answer .* of `x\d`, `x\d`, `x\d` and 2 other agents: it may contradict itself\.$/),
    ]);
  });

  test('that a made-up quote of a reviewer stands nowhere is no fault of a schema', async () => {
    const rehearsal = await rehearsalOf(
      "const made = await change('write it');\nreturn made && (await review(made, { lenses: ['a', 'b'] })).approved",
    );
    expect(found(rehearsal)).not.toContain('warning X08-no-answer');
  });

  test('that a reviewer is spoken to once, though what it quotes is made up', async () => {
    const { phases } = await rehearsalOf(
      "const made = await change('write it');\nreturn made && (await review(made, { lenses: ['a'], votes: 1, phase: 'Review' })).approved",
    );
    const review = phases.find(({ title }) => title === 'Review');
    // 4,500 of each, as it may run commands.
    expect(review?.outputTokens.likely).toBe(4_500 * (review?.agents.likely ?? 0));
  });

  test('a cap that stops it', async () => {
    const rehearsal = await rehearsalOf("for (const n of [1, 2, 3]) await agent('x' + n)", '', {
      caps: { agents: 2 },
    });
    expect(found(rehearsal)).toContain('warning X08-cap');
  });

  test.each([
    { name: 'no such workflow', more: { name: 'no-such' }, says: /no workflow "no-such"/ },
    { name: 'an error in the text', more: request('import fs from "fs"'), says: /W05/ },
    {
      name: 'arguments that do not fit',
      more: request('return 1', ", args: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } }"),
      says: /args of test/,
    },
  ])('and refuses: $name', async ({ more, says }) => {
    const result = await rehearse(OPTIONS, { cwd: tmpdir(), ...more }, never);
    expect(result).toEqual({ kind: 'refused', errors: [expect.stringMatching(says)] });
  });
});

test('X08 nothing is sent and nothing is listened to', async () => {
  const touched: string[] = [];
  const channels = ['net.client.socket', 'net.server.socket', 'undici:request:create', 'http.client.request.start'];
  const note = (_message: unknown, name: string | symbol) => void touched.push(String(name));
  for (const channel of channels) subscribe(channel, note);
  try {
    await rehearse(OPTIONS, { name: 'fix-failing-tests', cwd: tmpdir() }, never);
  } finally {
    for (const channel of channels) unsubscribe(channel, note);
  }
  expect(touched).toEqual([]);
  expect(await readdir(OPTIONS.home).catch(() => null)).toBeNull();
});

describe('X08 a launch does not wait for its forecast', () => {
  const script = request("return await parallel([1, 2, 3].map((n) => () => agent('x' + n)))");

  test('with time enough it is the rehearsal', async () => {
    expect(await forecastRun(OPTIONS, script, 60_000)).toMatchObject({ agents: { min: 3, likely: 3, max: 3 } });
  });

  test('where no answer steers the script, three plays tell it all; where one does, all are played', async () => {
    expect(await forecastRun(OPTIONS, script, 60_000)).toMatchObject({ plays: 3 });
    const steered = request(`const { items } = await agent('find', { schema: ${LIST} });
await parallel(items.map((item) => () => agent(item)));`);
    expect(await forecastRun(OPTIONS, steered, 60_000)).toMatchObject({ plays: 9 });
  });

  test.each(['for (;;) {}', "for (;;) await agent('x')"])('without, there is none: %s', async (body) => {
    expect(await forecastRun(OPTIONS, request(body), 200)).toBeNull();
  });
});

test('X08 past runs of the same workflow calibrate it: tokens, time, and how long its lists are', async () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const rules = [
    { when: { prompt: 'look at' }, reply: { text: 'seen', usage: { outputTokens: 777 } } },
    { when: { prompt: 'find' }, reply: { structured: { items }, usage: { outputTokens: 123 } } },
  ];
  await withBench({ rules }, async ({ play, cwd, home }) => {
    const text = script(`phase('Find');
const found = await agent('find', { schema: ${LIST} });
return await parallel((found?.items ?? []).map((item) => () => agent('look at ' + item, { phase: 'Look' })))`);
    const look = () => rehearse({ ...OPTIONS, home }, { script: text, cwd }, never);
    expect(await look()).toMatchObject({ rehearsal: { basis: { kind: 'assumed' } } });
    await play(text);
    await play(text);
    const result = await look();
    expect(result).toMatchObject({
      rehearsal: {
        basis: { kind: 'past', runIds: [expect.any(String), expect.any(String)] },
        agents: { min: 8, likely: 8, max: 8 },
        outputTokens: { likely: 123 + 7 * 777 },
        phases: [
          { title: 'Find', outputTokens: { likely: 123 } },
          { title: 'Look', agents: { likely: 7 }, outputTokens: { min: Math.round(7 * 777 * 0.8), likely: 7 * 777 } },
        ],
        uncertainty: expect.arrayContaining([expect.stringMatching(/^Calibrated by 2 past runs/)]) as unknown,
      },
    });
  });
});
