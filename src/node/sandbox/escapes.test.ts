import { expect, test } from 'vitest';
import { play } from '../../workflow/sandbox.contract.ts';
import type { PlayOptions } from '../../workflow/sandbox.contract.ts';
import type { SandboxEnd } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

async function ending(body: string, options: PlayOptions = {}): Promise<SandboxEnd> {
  return (await play(sandbox, body, options)).end;
}

/** Each gives a function that would compile text, if there were one. */
test.each([
  'Function',
  '(() => {}).constructor',
  '(async () => {}).constructor',
  '(function* () {}).constructor',
  '(async function* () {}).constructor',
  'Object.getPrototypeOf((async () => {}).constructor)',
  'Object.getPrototypeOf(Object.getPrototypeOf(async () => {})).constructor',
  'Reflect.getPrototypeOf(Function).constructor',
  '[].constructor.constructor',
  '"".at.constructor',
  'agent.constructor',
  'agent("x").constructor.constructor',
  'agent("x").then.constructor',
  'budget.spent.constructor',
  'console.log.constructor.constructor',
  'parallel.bind().constructor',
  'new Proxy(function () {}, {}).constructor',
  'Object.getOwnPropertyDescriptor(Map.prototype, "size").get.constructor',
  'URL.constructor',
  'Date.constructor',
  'new Date(0).constructor.constructor',
  'setTimeout(() => {}, 0).constructor.constructor',
  'class extends Function {}',
  '(...code) => Reflect.construct(Function, code)',
  '(...code) => Reflect.construct((() => {}).constructor, code, Object)',
  '(await agent("x")).constructor.constructor',
  'args.deep.constructor.constructor',
  'await agent("fails").catch((e) => e.constructor.constructor)',
  'await parallel(1).catch((e) => e.constructor.constructor)',
  '(() => { try { null.x } catch (e) { return e.constructor.constructor } })()',
  '(() => { const r = () => r(); try { r() } catch (e) { return e.constructor.constructor } })()',
  '(() => { try { new Date() } catch (e) { return e.constructor.constructor } })()',
])('W07 no way to make code from text: %s', async (expression) => {
  const body = `const make = ${expression};
    const results = [typeof make];
    for (const compile of [(text) => make(text)(), (text) => new make(text)(), (text) => make.call(null, text)()]) {
      try { results.push(await compile("return 'it ran'")) } catch (error) { results.push("refused") }
    }
    return results`;
  const end = await ending(body, { args: { deep: {} } });
  expect(end).toMatchObject({ kind: 'returned', value: ['function', 'refused', 'refused', 'refused'] });
});

test.each(['Function', 'AsyncFunction', 'GeneratorFunction', 'AsyncGeneratorFunction'])(
  'W07 %s says why it is gone',
  async (name) => {
    const body = `const kinds = { Function() {}, async AsyncFunction() {}, *GeneratorFunction() {}, async *AsyncGeneratorFunction() {} };
    kinds.${name}.constructor("return 1")`;
    const message = `${name}() is not available: a workflow script cannot make code from text. Write the function out.`;
    expect(await ending(body)).toMatchObject({ kind: 'threw', error: { name: 'TypeError', message } });
  },
);

test.each(['eval', 'globalThis.eval', '(0, globalThis["ev" + "al"])', '[].filter.call.bind(globalThis.eval)'])(
  'W07 no eval: %s',
  async (expression) => {
    const end = await ending(`return ${expression}("1")`);
    expect(end.kind).toBe('threw');
  },
);

test('W07 nothing of the host is in reach, from any object of the realm', async () => {
  // Walks everything that can be reached by properties, prototypes and accessors from the globals and from answers.
  const body = `
    const seen = new Set(), found = [];
    const names = ["process", "require", "Buffer", "fetch", "module", "WebAssembly", "Deno", "std", "os", "bjson", "print", "scriptArgs", "__loadScript", "performance", "crypto", "Atomics", "Intl", "eval", "setInterval"];
    const walk = (value, path) => {
      if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value) || path.length > 12) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        if (names.includes(key)) found.push([...path, key].join("."));
        const { get, set, value: member } = Object.getOwnPropertyDescriptor(value, key);
        for (const next of [get, set, member]) walk(next, [...path, String(key)]);
      }
      walk(Object.getPrototypeOf(value), [...path, "__proto__"]);
    };
    const answer = agent("x");
    for (const root of [globalThis, answer, await answer, agent, budget, args, await agent("fails").catch((e) => e), async () => {}, function* () {}, async function* () {}]) walk(root, []);
    return [found, seen.size > 500]`;
  expect(await ending(body, { args: { deep: [] } })).toMatchObject({ value: [[], true] });
});

test('W07 the globals are those of the contract', async () => {
  const body = 'return Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z]/.test(name)).sort()';
  expect(await ending(body)).toMatchObject({
    value: [
      'agent',
      'args',
      'ask',
      'budget',
      'change',
      'check',
      'clearTimeout',
      'console',
      'coverage',
      'decodeURI',
      'decodeURIComponent',
      'encodeURI',
      'encodeURIComponent',
      'escape',
      'globalThis',
      'isFinite',
      'isNaN',
      'land',
      'log',
      'parallel',
      'parseFloat',
      'parseInt',
      'patterns',
      'phase',
      'pipeline',
      'queueMicrotask',
      'review',
      'setTimeout',
      'structuredClone',
      'undefined',
      'unescape',
      'workflow',
    ],
  });
});

test('W05 a module loaded at run time is refused by the engine too', async () => {
  const { end } = await play(
    {
      ...sandbox,
      start: (start, host) =>
        sandbox.start(
          { ...start, script: { ...start.script, body: 'return await import("fs").catch((e) => e.message)' } },
          host,
        ),
    },
    '',
  );
  expect(end).toMatchObject({ kind: 'returned', value: "could not load module 'fs'" });
});

/** Each spoils what the API stands on; then the whole API must still work. */
test.each([
  'Array.prototype.push = Array.prototype.map = Array.prototype[Symbol.iterator] = () => { throw new Error("spoilt") }',
  'Object.defineProperty(Array.prototype, "0", { set() { throw new Error("spoilt") }, get() { return "spoilt" } })',
  'Object.prototype.toJSON = () => "spoilt"; String.prototype.toJSON = () => "spoilt"; Array.prototype.toJSON = () => "spoilt"',
  'Object.prototype.get = Object.prototype.set = () => "spoilt"',
  'Object.prototype.value = "spoilt"; Object.prototype.writable = false',
  'Promise.prototype.then = Promise.resolve = Promise.all = () => { throw new Error("spoilt") }',
  'Promise = Map = Set = WeakSet = Error = Array = String = Object = JSON = undefined',
  'JSON.stringify = JSON.parse = () => { throw new Error("spoilt") }',
  'Map.prototype.get = Map.prototype.set = WeakSet.prototype.has = () => { throw new Error("spoilt") }',
  'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error("spoilt") }',
  'RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error("spoilt") }',
  'Object.keys = Object.defineProperty = Object.freeze = Reflect.apply = Array.isArray = () => { throw new Error("spoilt") }',
  'Object.prototype.toString = Object.prototype.valueOf = () => { throw new Error("spoilt") }',
  'for (const name of ["then", "catch", "constructor"]) try { agent("0").constructor.prototype[name] = () => { throw new Error("spoilt") } } catch {}',
  'for (const name of ["agent", "parallel", "budget"]) try { globalThis[name] = () => "spoilt" } catch {} try { agent.call = () => "spoilt" } catch {} try { budget.total = 1e9 } catch {}',
  'try { Object.defineProperty(Promise, Symbol.species, { value: null }) } catch {} try { Promise.prototype.constructor = null } catch {}',
  'Error.prepareStackTrace = () => { throw new Error("spoilt") }; Error.stackTraceLimit = 0',
])('the API goes on when the script spoils the language: %s', async (spoil) => {
  const body = `${spoil};
    const one = await agent("a");
    let caught = "";
    try { await agent("fails") } catch (error) { caught = error.message }
    const slots = await parallel([() => agent("b"), () => { throw new TypeError("t") }]);
    const items = await pipeline(["c"], (item) => agent(item));
    await new Promise2((wake) => setTimeout(wake, 1));
    log("still here");
    return { one, caught, first: slots[0], second: slots[1], item: items[0], total: budget.total };`;
  const { end, notices } = await play(sandbox, `const Promise2 = Promise; ${body}`, { budgetTotal: 1000 });
  const value = { one: 'done a', caught: 'it failed', first: 'done b', second: null, item: 'done c', total: 1000 };
  // A spoilt toJSON is the script's own word about its own value.
  expect(end).toMatchObject({ kind: 'returned', dropped: [], value: spoil.includes('toJSON') ? 'spoilt' : value });
  expect(notices.some((notice) => notice.kind === 'log' && notice.message === 'still here')).toBe(true);
});

test('a thenable, a proxy and a getter run inside and reach no one', async () => {
  const body = `
    const log = [];
    const trap = new Proxy({}, { get: (_, key) => { log.push(String(key)); return undefined } });
    await agent("x", { then(resolve) { log.push("then called"); resolve(1) }, get secret() { return typeof process } });
    await agent(trap);
    const r = await parallel([() => ({ then: (resolve) => resolve(typeof require) })]);
    return r`;
  const { end, effects } = await play(sandbox, body);
  expect(effects[0]?.args).toEqual(['x', { secret: 'undefined' }]);
  expect(end).toMatchObject({ value: ['undefined'] });
});

test('frames of the guest are in no stack that leaves', async () => {
  const { end } = await play(sandbox, 'await pipeline([1], 2)');
  expect(end.kind === 'threw' && end.error.stack).not.toContain('workflow-guest');
});

test.each([
  { name: 'a loop', body: 'while (true) {}' },
  { name: 'a loop that catches', body: 'for (;;) try { for (;;); } catch {}' },
  {
    name: 'a loop in an async function whose rejection is caught',
    body: 'try { await (async () => { for (;;); })() } catch {} return "went on"',
  },
  { name: 'a loop in a finally', body: 'try { for (;;); } finally { for (;;); }' },
  { name: 'a loop in a getter of the result', body: 'return { get a() { for (;;); } }' },
  { name: 'a loop in toJSON of an argument', body: 'await agent({ toJSON() { for (;;); } })' },
  { name: 'a loop in a timer', body: 'setTimeout(() => { for (;;); }, 1); await new Promise(() => {})' },
  {
    name: 'microtasks without end',
    body: 'const again = () => Promise.resolve().then(again); again(); await new Promise((w) => setTimeout(w, 1))',
  },
  { name: 'a regular expression that backtracks without end', body: 'return /(a+)+$/.test("a".repeat(50) + "b")' },
  {
    name: 'a long sort',
    body: 'return Array.from({ length: 2e6 }, (_, i) => (i * 7919) % 1000003).sort((a, b) => a - b).length',
  },
])('what computes without end is killed: $name', async ({ body }) => {
  const hasty = createQuickJsSandbox({ sliceMs: 150 });
  const { end } = await play(hasty, `log("began"); ${body}`);
  expect(end).toMatchObject({
    kind: 'killed',
    message: expect.stringMatching(/^The script (ran for|did not answer for) more than/) as unknown,
  });
});

test('what the engine cannot interrupt is ended from outside', async () => {
  const hasty = createQuickJsSandbox({ sliceMs: 100 });
  const { end } = await play(hasty, 'return "a".repeat(2e6).indexOf("a".repeat(1e6) + "b")');
  expect(end).toMatchObject({
    kind: 'killed',
    message: expect.stringContaining('did not answer for more than 0.2 s') as unknown,
  });
});

test('what was said before the kill still arrives', async () => {
  const { notices } = await play(createQuickJsSandbox({ sliceMs: 100 }), 'phase("p"); log("before"); for (;;);');
  expect(notices.map(({ kind }) => kind)).toEqual(['phase', 'log']);
});

test.each([
  { name: 'arrays', body: 'const a = []; for (;;) a.push(new Array(1e5).fill(1))' },
  { name: 'texts', body: 'const a = []; for (;;) a.push("x".repeat(1e6) + a.length)' },
  { name: 'buffers', body: 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))' },
])('W07 memory is capped, and the host stays small: $name', async ({ body }) => {
  const before = process.memoryUsage().rss;
  const { end } = await play(createQuickJsSandbox({ memoryBytes: 64 * 1024 * 1024 }), body);
  expect(end).toMatchObject({ kind: 'killed', message: expect.stringContaining('memory') as unknown });
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
});

test('W07 what no memory is left to hand out is not waited for', async () => {
  const { end } = await play(createQuickJsSandbox({ memoryBytes: 64 * 1024 * 1024 }), 'return "x".repeat(2.5e7)');
  expect(end).toMatchObject({
    kind: 'killed',
    message: expect.stringContaining('more than its 64 MB of memory') as unknown,
  });
});

test('a script that catches its lack of memory may go on', async () => {
  const body =
    'let a = []; try { for (;;) a.push(new Array(1e5).fill(1)) } catch (e) { a = null } return await agent("x")';
  expect(await ending(body)).toMatchObject({ kind: 'returned', value: 'done x' });
});

test.each([
  { name: 'recursion', body: 'const r = () => r(); r()' },
  { name: 'asynchronous recursion', body: 'const r = async () => { await r() }; await r()' },
  { name: 'recursion through JSON', body: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)' },
  { name: 'recursion in an argument', body: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; await agent(a)' },
])('W07 $name without end is an error of the script', async ({ body }) => {
  expect(await ending(body)).toMatchObject({ kind: 'threw', error: { message: 'stack overflow' } });
});

test('W07 recursion through the API fails its slot', async () => {
  const { end, notices } = await play(sandbox, 'const r = () => parallel([r]); await r()');
  expect(end.kind).toBe('returned');
  expect(notices).toMatchObject([{ kind: 'failure', message: expect.stringContaining('stack overflow') as unknown }]);
});

test('W07 a script nested too deeply for the engine is refused by its compiler', async () => {
  const script = {
    meta: { name: 'n', description: '', phases: [] },
    source: '',
    warnings: [],
    body: '['.repeat(100_000),
  };
  expect(await sandbox.compile(script)).toMatch(/nested too deeply|stack overflow/);
});
