import { expect, test } from 'vitest';
import { FakeClock } from '../../engine/clock.fake.ts';
import type { Json } from '../../protocol/json.ts';
import { echo, play, sandboxContract, scriptOf } from '../../workflow/sandbox.contract.ts';
import type { Answer, PlayOptions } from '../../workflow/sandbox.contract.ts';
import type { SandboxEnd } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

sandboxContract('QuickJS in a thread', () => sandbox);

async function ending(body: string, options: PlayOptions = {}): Promise<SandboxEnd> {
  return (await play(sandbox, body, options)).end;
}

async function result(body: string, options: PlayOptions = {}): Promise<Json> {
  const end = await ending(body, options);
  if (end.kind !== 'returned') throw new Error(JSON.stringify(end));
  return end.value;
}

test.each([
  {
    name: 'functions, symbols, BigInts',
    body: 'return { f() {}, s: Symbol("s"), b: 1n, ok: 1 }',
    value: { f: null, s: null, b: null, ok: 1 },
    dropped: ['$.f', '$.s', '$.b'],
  },
  {
    name: 'numbers that JSON has not',
    body: 'return [NaN, Infinity, -0, 1.5]',
    value: [null, null, 0, 1.5],
    dropped: ['$[0]', '$[1]'],
  },
  {
    name: 'Map, Set, Error, RegExp, Promise',
    body: 'return { m: new Map(), s: new Set(), e: new Error("e"), r: /r/, p: agent("x") }',
    value: { m: null, s: null, e: null, r: null, p: null },
    dropped: ['$.m (a Map)', '$.s (a Set)', '$.e (an error)', '$.r', '$.p (a promise)'],
  },
  {
    name: 'a cycle',
    body: 'const a = { n: 1 }; a.self = [a]; return a',
    value: { n: 1, self: [null] },
    dropped: ['$.self[0]'],
  },
  {
    name: 'the same object twice is no cycle',
    body: 'const a = { n: 1 }; return [a, a]',
    value: [{ n: 1 }, { n: 1 }],
    dropped: [],
  },
  {
    name: 'keys that are no names',
    body: 'return { "a b": { "1": 1n } }',
    value: { 'a b': { '1': null } },
    dropped: ['$["a b"]["1"]'],
  },
  {
    name: 'undefined is left out as JSON does',
    body: 'return { a: undefined, b: [undefined] }',
    value: { b: [null] },
    dropped: [],
  },
  {
    name: 'toJSON is honoured',
    body: 'return { d: new Date(0), o: { toJSON: (key) => key + "!" } }',
    value: { d: '1970-01-01T00:00:00.000Z', o: 'o!' },
    dropped: [],
  },
  { name: 'fields of an instance', body: 'return new (class Finding { line = 3 })()', value: { line: 3 }, dropped: [] },
  {
    name: 'a member that throws',
    body: 'return { get a() { throw new Error("no") }, b: 1 }',
    value: null,
    dropped: ['$'],
  },
  {
    name: 'a revoked proxy',
    body: 'const p = Proxy.revocable({}, {}); p.revoke(); return [p.proxy]',
    value: [null],
    dropped: ['$[0]'],
  },
  {
    name: 'text of every kind',
    body: 'return "\\ud800 \\u0000 \\u2028 😀 \\" \\\\"',
    value: '\ud800 \u0000 \u2028 😀 " \\',
    dropped: [],
  },
  { name: 'the whole value', body: 'return () => 1', value: null, dropped: ['$'] },
])('W04 what is no JSON becomes null and is listed: $name', async ({ body, value, dropped }) => {
  expect(await ending(body)).toMatchObject({ kind: 'returned', value, dropped });
});

test('W04 a thousand lost parts are counted, not all listed', async () => {
  const end = await ending('return Array.from({ length: 1000 }, () => NaN)');
  expect(end.kind === 'returned' && end.dropped.length).toBe(101);
  expect(end.kind === 'returned' && end.dropped.at(-1)).toBe('and 900 more');
});

test('W04 depth beyond measure is dropped, not a crash', async () => {
  const end = await ending('let a = 1; for (let i = 0; i < 5000; i++) a = [a]; return a');
  expect(end).toMatchObject({ kind: 'returned', dropped: [`$${'[0]'.repeat(201)}`] });
});

test('W08 what acorn takes and this engine does not is refused with its place', async () => {
  expect(await sandbox.compile({ ...scriptOf('return 1'), body: 'ok();\n  1 +;' })).toMatch(/^2:6: unexpected token/);
  expect(await sandbox.compile({ ...scriptOf('return 1'), body: 'ok() +;' })).toMatch(/^1:7: unexpected token/);
});

test('W08 compiling runs nothing', async () => {
  expect(await sandbox.compile(scriptOf('while (true) {}'))).toBeNull();
});

test('W20 arguments cross as JSON, texts intact', async () => {
  const { effects } = await play(
    sandbox,
    'await agent("\\ud83d \\u0000 é", { schema: { type: "object" }, f() {}, u: undefined, n: NaN }, 5); await agent()',
  );
  expect(effects.map(({ args }) => args)).toEqual([
    ['\ud83d \u0000 é', { schema: { type: 'object' }, n: null }, 5],
    [],
  ]);
});

test('W20 arguments that cannot be JSON reject the call and send nothing', async () => {
  const { end, effects } = await play(
    sandbox,
    'const o = {}; o.o = o; try { await agent("x", o) } catch (e) { return e.name }',
  );
  expect([end.kind === 'returned' && end.value, effects]).toEqual(['TypeError', []]);
});

test('W30 promises instead of thunks are taken with one warning', async () => {
  const { end, notices } = await play(
    sandbox,
    'return [await parallel([agent("a"), agent("b")]), await parallel([agent("fails")])]',
  );
  expect(end).toMatchObject({ value: [['done a', 'done b'], [null]], unhandled: [] });
  expect(notices.map(({ kind }) => kind)).toEqual(['log', 'failure']);
});

test('W30 what is no function gives null and says so', async () => {
  const { end, notices } = await play(sandbox, 'return await parallel([5, , null])');
  expect(end).toMatchObject({ value: [null, null, null] });
  expect(notices).toHaveLength(3);
  expect(notices[0]).toMatchObject({
    where: 'parallel[0]',
    message: expect.stringContaining('this is a number: write () => agent') as unknown,
  });
});

test('W31 pipeline has no barrier between stages', async () => {
  // The first item's second stage is asked before the second item's first stage is answered.
  const order: Json[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const answer: Answer = async (effect) => {
    order.push(effect.args[0] ?? null);
    if (effect.args[0] === 'one b') await released;
    if (effect.args[0] === 'two a') release();
    return echo(effect);
  };
  await result('return await pipeline(["a", "b"], (x) => agent("one " + x), (_, x) => agent("two " + x))', { answer });
  expect(order).toEqual(['one a', 'one b', 'two a', 'two b']);
});

test('W31 the failure names its stage and the place in the script', async () => {
  const { notices } = await play(sandbox, '\nreturn await pipeline([1], (n) => n, (n) => {\n  null.x;\n})');
  expect(notices).toEqual([
    {
      kind: 'failure',
      where: 'pipeline[0], stage 2',
      message: "TypeError: cannot read property 'x' of null (test.js:3:7)",
    },
  ]);
});

test.each([
  { row: 'W30', call: 'parallel(agent("x"))', message: 'parallel() takes an array of functions, not a promise.' },
  { row: 'W31', call: 'pipeline(new Set(), String)', message: 'pipeline() takes an array of items, not a Set.' },
  {
    row: 'W31',
    call: 'pipeline([], [String])',
    message: 'pipeline() takes functions as stages, and stage 1 is an array.',
  },
])('$row $call is refused with what it got', async ({ call, message }) => {
  const { end } = await play(sandbox, `await ${call}`);
  expect(end).toMatchObject({ kind: 'threw', error: { name: 'TypeError', message } });
});

test('W31 a stage that is no function is refused before anything starts', async () => {
  const { end, effects } = await play(sandbox, 'await pipeline([1], () => agent("x"), "y")');
  expect(end).toMatchObject({
    kind: 'threw',
    error: { name: 'TypeError', message: 'pipeline() takes functions as stages, and stage 2 is a string.' },
  });
  expect(effects).toEqual([]);
});

test.each(['parallel(new Array(4097).fill(() => 1))', 'pipeline(new Array(4097).fill(1), (n) => n)'])(
  'W32 more than 4,096 items are refused: %s',
  async (call) => {
    expect(await ending(`await ${call}`)).toMatchObject({
      kind: 'threw',
      error: { message: expect.stringContaining('at most 4,096 items') as unknown },
    });
  },
);

test('W32 4,096 agents at once all settle', async () => {
  const body =
    'const r = await parallel(Array.from({ length: 4096 }, (_, i) => () => agent("p" + i))); return [r.length, new Set(r).size, r[4095]]';
  expect(await result(body)).toEqual([4096, 4096, 'done p4095']);
});

test('W33 console goes to log, by its levels', async () => {
  const { notices } = await play(
    sandbox,
    'console.log("a", 1, { b: [2] }, undefined); console.warn("w"); console.error(new TypeError("t")); console.assert(false, "x"); console.table([1])',
  );
  expect(notices.map((notice) => notice.kind === 'log' && [notice.level, notice.message])).toEqual([
    ['info', 'a 1 {"b":[2]} undefined'],
    ['warning', 'w'],
    ['error', 'TypeError: t'],
    ['error', 'Assertion failed: x'],
    ['info', '[1]'],
  ]);
});

test('W34 args may be reassigned and every name shadowed', async () => {
  expect(await result('args = args ?? { a: 1 }; const log = 1, agent = 2; return [args, log, agent]')).toEqual([
    { a: 1 },
    1,
    2,
  ]);
});

test('W36 an error of the nested script rejects the call, and a script that does not compile too', async () => {
  const body =
    'const r = []; for (const n of ["throws", "broken"]) try { await workflow(n) } catch (e) { r.push(e.name + ": " + e.message) } return r';
  const answer: Answer = ({ args }) => ({
    script:
      args[0] === 'throws'
        ? scriptOf('throw new RangeError("far")', 'other')
        : { ...scriptOf('return 1'), body: '1 +;' },
  });
  expect(await result(body, { answer })).toEqual([
    'RangeError: far',
    expect.stringMatching(/^SyntaxError: unexpected token/),
  ]);
});

test('W36 an uncaught error of the nested script points at its own lines', async () => {
  const answer: Answer = () => ({ script: scriptOf('\n\n  null.x', 'other') });
  expect(await ending('await workflow("w")', { answer })).toMatchObject({
    error: { stack: expect.stringContaining('at other:3:7') as unknown },
  });
});

test.each([
  {
    name: 'Promise.all',
    body: 'try { await Promise.all([agent("a"), agent("fails")]) } catch (e) { return e.message }',
    value: 'it failed',
  },
  {
    name: 'Promise.allSettled',
    body: 'return (await Promise.allSettled([agent("a"), agent("fails")])).map((r) => r.status)',
    value: ['fulfilled', 'rejected'],
  },
  { name: 'Promise.race', body: 'return await Promise.race([agent("a"), new Promise(() => {})])', value: 'done a' },
  { name: 'Promise.any', body: 'return await Promise.any([agent("fails"), agent("b")])', value: 'done b' },
  { name: 'then', body: 'return await agent("a").then((t) => t + "!").then((t) => t + "?")', value: 'done a!?' },
  {
    name: 'catch and finally',
    body: 'let f = 0; const r = await agent("fails").finally(() => f++).catch((e) => e.message); return [r, f]',
    value: ['it failed', 1],
  },
  {
    name: 'for await',
    body: 'const r = []; for await (const t of [agent("a"), agent("b")]) r.push(t); return r',
    value: ['done a', 'done b'],
  },
  {
    name: 'Array.fromAsync',
    body: 'return await Array.fromAsync([agent("a"), agent("b")], (t) => t.length)',
    value: [6, 6],
  },
  { name: 'instanceof', body: 'return agent("a") instanceof Promise', value: true },
])('W39 a call works with $name', async ({ body, value }) => {
  expect(await ending(body)).toMatchObject({ value, unhandled: [] });
});

test.each([
  {
    name: 'never looked at',
    body: 'agent("fails"); await agent("a")',
    unhandled: ['WorkflowError: it failed (test.js:2:6)'],
  },
  {
    name: 'only its success looked at',
    body: 'agent("fails").then((t) => t); await agent("a")',
    unhandled: ['WorkflowError: it failed (test.js:2:6)'],
  },
  {
    name: 'a handler that throws',
    body: 'agent("a").then(() => { null.x }); await agent("b")',
    unhandled: ["TypeError: cannot read property 'x' of null (test.js:2:29)"],
  },
  { name: 'caught later', body: 'const p = agent("fails"); await agent("a"); await p.catch(() => 0)', unhandled: [] },
  {
    name: 'caught after a then',
    body: 'const p = agent("fails").then((t) => t); await p.catch(() => 0)',
    unhandled: [],
  },
  {
    name: 'lost in a race',
    body: 'const slow = agent("fails"); await Promise.race([1, slow]); await agent("a")',
    unhandled: [],
  },
  {
    name: 'a parallel of no list',
    body: 'parallel(1); await agent("a")',
    unhandled: ['TypeError: parallel() takes an array of functions, not a number. (test.js:2:9)'],
  },
  {
    name: 'a timer that throws',
    body: 'setTimeout(() => { throw new Error("t") }, 0); await new Promise((w) => setTimeout(w, 5))',
    unhandled: ['t (test.js:2:35)'],
  },
  {
    name: 'a microtask that throws',
    body: 'queueMicrotask(() => { throw new Error("m") }); await agent("a")',
    unhandled: ['m (test.js:2:39)'],
  },
])('W39 a rejection that nobody handled is listed: $name', async ({ body, unhandled }) => {
  expect(await ending(`\n${body}`)).toMatchObject({ kind: 'returned', unhandled });
});

test("W39 an uncaught throw points at the script's lines, with none of ours", async () => {
  const body = '\nfunction inner() {\n  throw new TypeError("deep");\n}\nawait parallel([() => 1]);\ninner();';
  expect(await ending(body, { fileName: '/home/a (b)/fix it.js' })).toEqual({
    kind: 'threw',
    error: {
      name: 'TypeError',
      message: 'deep',
      stack: 'TypeError: deep\n    at inner (/home/a (b)/fix it.js:3:22)\n    at /home/a (b)/fix it.js:6:6',
    },
  });
});

test('W39 a text that is no JSON points at the line that parsed it', async () => {
  const { notices } = await play(sandbox, '\nawait parallel([() => JSON.parse("{ no")])');
  expect(notices).toMatchObject([{ message: expect.stringMatching(/^SyntaxError: .* \(test\.js:2:33\)$/) as unknown }]);
});

// The engine's column of a call is that of its parenthesis.
test('W39 a refused call points at its own line, on the first line too', async () => {
  expect(await ending('\n\nconst p = agent("fails");\nawait p')).toMatchObject({
    error: { stack: 'WorkflowError: it failed\n    at test.js:3:16' },
  });
  const { body } = scriptOf('await agent("fails")');
  const column = body.indexOf('(') + 1;
  expect(await ending('await agent("fails")')).toMatchObject({
    error: { stack: `WorkflowError: it failed\n    at test.js:1:${column}` },
  });
});

test.each([
  { thrown: '"text"', error: { name: 'Error', message: 'text' } },
  { thrown: 'null', error: { name: 'Error', message: 'null' } },
  { thrown: 'undefined', error: { name: 'Error', message: 'undefined' } },
  { thrown: '{ code: 5 }', error: { name: 'Error', message: '{"code":5}' } },
  { thrown: '{ name: "Mine", message: "own" }', error: { name: 'Mine', message: 'own' } },
  { thrown: 'Symbol("s")', error: { name: 'Error', message: 'Symbol(s)' } },
  {
    thrown: '{ get message() { throw 1 }, get name() { throw 2 }, toString() { throw 3 } }',
    error: { name: 'Error', message: 'a value that has no text' },
  },
  {
    thrown: 'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })',
    error: { name: 'Error', message: 'a value that has no text' },
  },
])('W39 anything can be thrown: $thrown', async ({ thrown, error }) => {
  expect(await ending(`throw ${thrown}`)).toMatchObject({ kind: 'threw', error });
});

test('a script that nothing can wake ends with the reason, and what it said before is kept', async () => {
  const { end, notices } = await play(sandbox, 'log("before"); await new Promise(() => {})');
  expect(end).toMatchObject({
    kind: 'killed',
    message: expect.stringContaining('nothing will ever settle') as unknown,
  });
  expect(notices).toHaveLength(1);
});

test('timers delay, can be cleared, and pass their arguments', async () => {
  const body =
    'const r = []; const t = setTimeout(() => r.push("never"), 5); clearTimeout(t); clearTimeout(99); setTimeout((x) => r.push(x), 1, "early"); await new Promise((w) => setTimeout(w, 30)); return r';
  expect(await result(body)).toEqual(['early']);
});

test('a wait longer than a slice is no hang', async () => {
  const patient = createQuickJsSandbox({ sliceMs: 40 });
  const { end } = await play(patient, 'await new Promise((w) => setTimeout(w, 200)); return "woke"');
  expect(end).toMatchObject({ kind: 'returned', value: 'woke' });
});

test('a run that is disposed before its thread is up leaves none behind', async () => {
  const run = createQuickJsSandbox().start(
    { script: scriptOf('return 1'), fileName: 'test.js', args: undefined, budgetTotal: null },
    { runTime: new FakeClock(), effect: () => undefined, notice: () => undefined },
  );
  await run.dispose();
  expect(await run.ended).toEqual({ kind: 'killed', message: 'The script was stopped.' });
});
