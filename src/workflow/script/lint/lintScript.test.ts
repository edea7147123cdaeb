import { describe, expect, test } from 'vitest';
import { checkScript } from '../checkScript.ts';
import { launchWarnings } from './launchWarnings.ts';
import { lintScript } from './lintScript.ts';
import { RULES } from './rules.ts';

/** `code text`, for each thing that is found in a body; `text` is what is underlined. */
function found(body: string, meta = ''): readonly string[] {
  const source = `export const meta = { name: 'n', description: 'd', ${meta} };\n${body}`;
  const checked = checkScript(source, 'a.js');
  if (!checked.ok) throw new Error(checked.errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const lines = source.split('\n');
  return lintScript(checked.script).map(({ code, line, column, endLine = line, endColumn = column }) => {
    const marked = lines.slice(line - 1, endLine).join('\n');
    return `${code} ${marked.slice(column - 1, marked.length - ((lines[endLine - 1] ?? '').length - endColumn + 1))}`;
  });
}

interface Case {
  readonly code: string;
  readonly meta?: string;
  /** Snippets, and what is underlined in each. */
  readonly finds: Readonly<Record<string, string>>;
  /** Snippets in which nothing at all is found. */
  readonly fine: readonly string[];
}

const PHASES = "phases: [{ title: 'Find' }, { title: 'Fix' }]";
const ARGS = "args: { type: 'object', properties: { path: { type: 'string' }, limit: { type: 'integer' } } }";
const SCHEMA = "{ schema: { type: 'object' } }";

const CASES: readonly Case[] = [
  {
    code: 'W06-clock',
    finds: {
      'return Date.now()': 'Date.now()',
      'return new Date()': 'new Date()',
      'return Date()': 'Date()',
      'return () => Math.random()': 'Math.random()',
    },
    fine: [
      'return new Date(0).getTime() + Date.parse(args) + Math.max(1, 2)',
      'const Math = { random: () => 4 }; return Math.random()',
      '// Date.now()\nreturn "Date.now()"',
    ],
  },
  {
    code: 'W07-absent',
    finds: {
      "return await fetch('x')": 'fetch',
      'return process.env.HOME': 'process',
      'return meta.name': 'meta',
      'return Buffer.from("x"), Buffer.alloc(1)': 'Buffer',
    },
    fine: [
      "return typeof process === 'undefined' ? null : process.env",
      'const fetch = (x) => x; return fetch(1)',
      'return { fetch: 1, process: args.process }.fetch',
      'return ((document) => document.title)(args)',
      'const { path } = args; return path',
    ],
  },
  {
    code: 'W07-unknown-name',
    finds: { "return await agnet('x')": 'agnet', 'const a = b + 1; return a': 'b', 'count = 1; return 1': 'count' },
    fine: [
      'globalThis.cache = 1; return cache',
      'return f(); function f() { return g } var g = 1',
      'label: for (const x of [1]) { continue label } return 1',
      'class A { #x = 1; static y = 2; get z() { return this.#x } } return new A().z + A.y',
      'try { throw 1 } catch { return 1 }',
      'try { throw 1 } catch ({ message }) { return message }',
      'return (function f(n) { return n ? f(n - 1) : arguments.length })(2)',
      'const { a: { b = 1 }, ...rest } = args; const [c, , d] = rest; return [b, c, d]',
      'for (const key in args) log(key); for (let i = 0; i < 2; i++) log(i); return 1',
      'switch (args) { case 1: { let x = 1; return x } default: const y = 2; return y }',
    ],
  },
  {
    code: 'W07-unknown-member',
    finds: {
      'return await patterns.fanOut([1])': 'fanOut',
      'console.clear(); return 1': 'clear',
      'return budget.left()': 'left',
      'return budget.total - budget.used': 'used',
    },
    fine: [
      "console.log('x'); console.warn(1); return budget.spent() + budget.remaining() + (budget.total ?? 0)",
      'if (console.count) log(1); console.count?.(1); return console.toString()',
      'const budget = { left: () => 1 }; return budget.left()',
    ],
  },
  {
    code: 'W20-missing-await',
    finds: {
      "const a = agent('x'); return `${a}`": 'a',
      "const a = agent('x'); return a.trim()": 'a',
      "return 'so: ' + agent('x')": "agent('x')",
      "agent('x'); return 1": "agent('x')",
      "const { id } = change('x'); return id": "change('x')",
      "if (ask('Go on?') === 'yes') return 1": "ask('Go on?')",
      "if (agent('x')) return 1": "agent('x')",
      "const ok = check('npm test'); return !ok": 'ok',
      "return check('npm test').exitCode": "check('npm test')",
      "return JSON.stringify(agent('x'))": "agent('x')",
      'patterns.adversarialVerify(args); return 1': 'patterns.adversarialVerify(args)',
      "(async () => { log(await agent('x')) })(); return 1": "async () => { log(await agent('x')) }",
      "(async function () { await agent('x') })().catch(log); return 1": "async function () { await agent('x') }",
      'for (const r of parallel([])) log(r); return 1': 'parallel([])',
      'return [...pipeline([], String)]': 'pipeline([], String)',
      'for (const f of args) run(f); return 1; async function run(f) { return await agent(f) }': 'run(f)',
      'const run = (f) => agent(f); for (const f of args) run(f); return 1': 'run(f)',
      'for (const f of args) a(f); return 1; async function a(f) { await b(f) } async function b(f) { await agent(f) }':
        'a(f)',
      'args.forEach(async (f) => { await agent(f) }); return 1': 'args.forEach',
      'args.forEach((f) => agent(f)); return 1': 'args.forEach',
      'args.forEach(run); return 1; async function run(f) { await agent(f) }': 'args.forEach',
      'args.map(async (f) => agent(f)); return 1': 'args.map',
      'return args.map(async (f) => await agent(f))': 'args.map(async (f) => await agent(f))',
      'const all = args.map((f) => agent(f)); return all': 'all',
      'return await args.map((f) => agent(f))': 'args.map((f) => agent(f))',
    },
    fine: [
      'args.forEach(async (f) => log(f)); args.forEach((f) => log(f)); return 1',
      'const p = []; const start = async (f) => { p.push(agent(f)); }; start(1); start(2); return await Promise.all(p)',
      'await new Promise((done) => { let n = 0; async function pump() { await agent(n); if (++n < 9) pump(); else done(); } pump(); }); return 1',
      'await run(1); void run(2); return run(3); async function run(f) { return await agent(f) }',
      'const all = args.map(async (f) => await agent(f)); return await Promise.all(all)',
      'const start = () => args.map((f) => agent(f)); return await Promise.all(start())',
      'return args.map((f) => f.name)',
      'const running = []; args.forEach((f) => running.push(agent(f))); return await Promise.all(running)',
      "const a = agent('x'); return await a",
      "const a = agent('x'); const b = agent('y'); return await Promise.all([a, b])",
      "return agent('x').then((text) => text?.trim())",
      "void agent('x'); return 1",
      "const a = agent('x'); const b = agent('y'); return [a].filter((p) => p !== b).length",
      "await (async () => { await agent('x') })(); void (async () => { await agent('x') })(); return 1",
      "const all = [(async () => await agent('x'))()]; return Promise.all(all)",
      "(async () => { log('x') })(); return 1",
      "return new Promise((done) => { (async () => { done(await agent('x')) })() })",
      "const { promise, resolve } = Promise.withResolvers(); (async () => { resolve(await agent('x')) })(); return promise",
      "return tag`${agent('x')}`; function tag(_, x) { return x }",
      "const all = []; all.push(agent('x')); return Promise.race(all)",
      "const a = await agent('x'); return `${a}`",
      "let a = agent('x'); a = await a; return `${a}`",
      "const agent = (x) => x; agent('x'); return `${agent('y')}`",
    ],
  },
  {
    code: 'W21-text-as-list',
    finds: {
      "for (const x of await agent('x')) log(x); return 1": "await agent('x')",
      "const text = await agent('x', { label: 'y' }); return [...text]": 'text',
    },
    fine: [
      "for (const x of await agent('x', { schema: { type: 'object' } })) log(x); return 1",
      "for (const x of await agent('x', args)) log(x); return 1",
      "const text = (await agent('x')) ?? ''; for (const line of text.split('\\n')) log(line); return 1",
    ],
  },
  {
    code: 'W22-schema',
    finds: {
      "return await agent('x', { schema: { type: 'object', properties: { a: {} }, required: ['a', 'b'] } })": "'b'",
      "const S = { type: 'object', properties: {}, required: ['a'], additionalProperties: false }; await agent('x', { schema: S }); return await agent('y', { schema: S })":
        "'a'",
      "return await agent('x', { schema: { type: 'object', properties: { a: { type: 'array', required: ['b'], items: {} } } } })":
        "required: ['b']",
      "return await agent('x', { schema: { type: 'object', properties: { a: { type: 'array', items: { type: 'string', required: true } } } } })":
        'required: true',
      "return await agent('x', { schema: { type: 'object', properties: { a: {}, required: ['a'] } } })":
        "required: ['a']",
      "return await agent('x', { schema: { type: 'object', properties: { a: 'string' } } })": "'string'",
      "return await agent('x', { schema: { type: 'object', $defs: { a: { type: 'text' } } } })": "'text'",
      "return await agent('x', { schema: { type: 'object', properties: { a: { items: [{}, {}] } } } })": 'items',
    },
    fine: [
      "return await agent('x', { schema: { type: 'object', properties: { required: { type: 'boolean' } }, required: ['required'] } })",
      "return await agent('x', { schema: { type: 'object', properties: { a: {}, b: {} }, anyOf: [{ required: ['a'] }, { properties: { a: {} }, required: ['b'] }] } })",
      "return await agent('x', { schema: { type: 'object', properties: { ...args }, required: ['a'] } })",
      "return await agent('x', { schema: { type: 'object', properties: { a: { type: ['array', 'null'] }, b: true, c: { $ref: '#/x' } }, required: args } })",
      "return await agent('x', { schema: { type: 'object', properties: {}, required: ['a'], additionalProperties: { type: 'string' } } })",
      "return await agent('x', { schema: { ...args, properties: { a: {} }, required: ['b'] } })",
      "return await agent('x', { schema: { type: ['object'], properties: { a: { enum: ['b'], default: 'c', type: args } }, required: ['a'] } })",
    ],
  },
  {
    code: 'W23-unchecked-null',
    finds: {
      "return (await agent('x')).trim()": "(await agent('x')).trim",
      "const { n } = await agent('x', { schema: { type: 'object' } }); return n": '{ n }',
      "const r = await agent('x'); return r.length": 'r.length',
      "const r = await agent('x'); const f = () => r.length; return f()": 'r.length',
      "const c = await change('x'); return await review(c)": 'c',
      "return await review(await change('x'))": "await change('x')",
      'const rs = await parallel([1].map((n) => () => agent(`${n}`))); return rs.map((r) => r.length)': 'r.length',
      "const rs = await pipeline([1], () => agent('x')); for (const r of rs) log(r.length); return 1": 'r.length',
      "return (await parallel([() => agent('x')])).flatMap((r) => r.items)": 'r.items',
      "return (await check('npm test')).exitCode": "(await check('npm test')).exitCode",
    },
    fine: [
      "return (await agent('x'))?.trim()",
      "const r = await agent('x'); if (!r) return null; return r.length",
      "const r = await agent('x'); return r ? r.length : 0",
      "const r = await agent('x'); return r && r.length",
      "const r = await agent('x'); if (r === null) throw new Error('x'); return r.length",
      "const r = (await agent('x')) ?? ''; return r.length",
      "const { n = 1 } = (await agent('x')) || {}; return n",
      "const r = await agent('x'); must(r); return r.length; function must(v) { if (!v) throw new Error() }",
      "try { return (await agent('x')).length } catch { return 0 }",
      "const c = await change('x'); if (c) { await review(c); return c.branch } return null",
      'const rs = await parallel([1].map((n) => () => agent(`${n}`))); return rs.filter(Boolean).map((r) => r.length)',
      'const rs = await parallel([1].map((n) => async () => ({ n, r: await agent(`${n}`) }))); return rs.length',
      "const rs = await parallel([() => agent('x')]); return rs.map((r) => (r ? r.length : 0))",
      "const rs = await parallel([() => agent('x')]); return rs.filter((r) => r && r.ok).map((r) => r.n)",
      "const r = await agent('x'); return { r, text: `${r}` }",
      "const { approved } = await review((await change('x')) ?? {}); return approved",
      "return pipeline([1], () => change('x'), (c) => review(c), (v) => v.approved)",
    ],
  },
  {
    code: 'W24-phase-race',
    finds: {
      "return parallel([1].map(() => async () => { phase('a'); return 1 }))": "phase('a')",
      "return pipeline([1], (n) => { phase('a'); return n })": "phase('a')",
    },
    fine: ["phase('a'); return pipeline([1], (n) => n)", "for (const t of ['a', 'b']) phase(t); return 1"],
  },
  {
    code: 'W28-unknown-option',
    finds: {
      "return agent('x', { lable: 'y' })": 'lable',
      "return agent('x', { ...args, 'output': 'y' })": "'output'",
      "return change('x', { schema: {} })": 'schema',
      'return patterns.tournament([], { judge: () => 1, ranked: true })': 'ranked',
    },
    fine: [
      "return agent('x', { label: 'y', isolation: undefined, ...args, [args]: 1 })",
      "const common = { lable: 'y' }; return agent('x', common)",
      "return workflow('x', { anything: 1 })",
    ],
  },
  {
    code: 'W28-option-type',
    finds: {
      "return agent('x', { effort: 'most' })": "'most'",
      "return agent('x', { isolation: true })": 'true',
      "return agent('x', { tools: 'Read' })": "'Read'",
      "return agent('x', { tools: ['Read', 1] })": "['Read', 1]",
      "return agent('x', { schema: 'object' })": "'object'",
      "return agent('x', { schema: { type: 'array' } })": "{ type: 'array' }",
      "return change('x', { attempts: 11 })": '11',
      "return agent('x', { maxTurns: -1 })": '-1',
      "return agent('x', { label: null })": 'null',
      "const many = '5'; return agent('x', { maxTurns: many })": 'many',
    },
    fine: [
      "return agent('x', { effort: args.effort, label: `${args}`, maxTurns: 5, schema: S, tools: [...T] }); var S = {}, T = []",
      "return agent('x', { effort: args ? 'low' : undefined, isolation: undefined })",
    ],
  },
  {
    code: 'W30-promise-in-parallel',
    finds: {
      "return parallel([agent('x')])": "agent('x')",
      'return parallel([1].map((n) => agent(`${n}`)))': 'agent(`${n}`)',
      'const all = [1].map((n) => { return agent(`${n}`) }); return parallel(all)': 'agent(`${n}`)',
    },
    fine: [
      "return parallel([() => agent('x'), async () => agent('y')])",
      'return Promise.all([1].map((n) => agent(`${n}`)))',
      'return parallel([1].map((n) => () => agent(`${n}`)))',
      'return parallel([1].map((n) => { const p = `${n}`; return () => agent(p) }))',
      'return parallel([1].map(thunk)); function thunk(n) { return () => agent(`${n}`) }',
    ],
  },
  {
    code: 'W30-sequential-loop',
    finds: {
      [`const all = []; for (const f of args) { const r = await agent(f, ${SCHEMA}); all.push(r) } return all`]: `agent(f, ${SCHEMA})`,
      [`const all = {}; for (const f of args) all[f] = await agent(p(f), ${SCHEMA}); return all; function p(f) { return f }`]: `agent(p(f), ${SCHEMA})`,
    },
    fine: [
      // Each sees what came before.
      `const all = []; for (const f of args) all.push(await agent(f + all.join(), ${SCHEMA})); return all`,
      `let last = null; for (const f of args) last = await agent(f + last, ${SCHEMA}); return last`,
      `const all = []; for (const f of args) all.push(await agent(p(f), ${SCHEMA})); return all; function p(f) { return f + all }`,
      `const b = args.board; for (const f of args.list) { const r = await agent(f + b.top, ${SCHEMA}); b.vote(r) } return b`,
      `const b = args.board; for (const f of args.list) { const r = await agent(f + b.top, ${SCHEMA}); args.vote(b, r) } return b`,
      // It may end early.
      `for (const f of args) { const r = await agent(f, ${SCHEMA}); if (r) return r } return null`,
      `const all = []; for (const f of args) { if (budget.remaining() > 9) all.push(await agent(f, ${SCHEMA})) } return all`,
      // They may write the same files.
      'const all = []; for (const f of args) all.push(await agent(f)); return all',
      `for (const f of args) await agent(f, ${SCHEMA}); return 1`,
      `const all = []; for (const f of [1]) all.push(await agent(f, ${SCHEMA})); return all`,
      `const all = []; for (const f of args) { phase(f); all.push(await agent(f, ${SCHEMA})) } return all`,
    ],
  },
  {
    code: 'W31-barrier',
    finds: {
      'const a = await parallel(args.map((x) => () => agent(x))); return await parallel(a.filter(Boolean).map((r) => () => agent(r)))':
        'parallel',
      "const a = await parallel(args.map((x) => () => agent(x))); const b = a.filter(Boolean); phase('v'); log(`${a.length}`); const c = await parallel(b.map((r) => () => agent(r))); return c":
        'parallel',
      'const a = await parallel(args.map((x) => () => agent(x))); return await pipeline(a, (r) => agent(r))':
        'pipeline',
    },
    fine: [
      // All of them are needed at once.
      'const a = await parallel(args.map((x) => () => agent(x))); const b = [...new Set(a)]; return await parallel(b.map((r) => () => agent(r)))',
      'const a = await parallel(args.map((x) => () => agent(x))); const b = await parallel(a.map((r) => () => agent(r))); return { a, b }',
      'const a = await parallel(args.map((x) => () => agent(x))); return await parallel(a.map((r) => () => agent(r + a)))',
      "const a = await parallel(args.map((x) => () => agent(x))); const plan = await agent('p'); return await parallel(a.map((r) => () => agent(r + plan)))",
      'const a = await parallel(args.map((x) => () => agent(x))); if (args) { return await parallel(a.map((r) => () => agent(r))) } return 1',
      'return await pipeline(args, (x) => agent(x), (r) => agent(r))',
    ],
  },
  {
    code: 'W33-unused-phase',
    meta: PHASES,
    finds: {
      "phase('Find'); return agent('x')": "'Fix'",
      "return agent('x', { phase: 'Find' })": "'Fix'",
    },
    fine: [
      "phase('Find'); return agent('x', { phase: 'Fix' })",
      "for (const t of ['Find', 'Fix']) phase(t); return 1",
      "phase('Find'); return agent('x', { ...args })",
      "phase('Find'); return agent('x', args)",
      'phase(args); return 1',
      "const FIX = 'Fix'; phase('Find'); return agent('x', { phase: FIX })",
      "phase('Find'); return Promise.all([{ phase: 'Fix' }].map((o) => agent('x', { phase: o.phase })))",
      'return ["Find", "Fix"].forEach(phase)',
    ],
  },
  {
    code: 'W33-unknown-phase',
    meta: PHASES,
    finds: {
      "phase('Find'); phase('Fix'); phase('Fixx'); return 1": "'Fixx'",
      "phase('Find'); phase('Fix'); return agent('x', { phase: 'Report' })": "'Report'",
    },
    fine: ["phase('Find'); phase(`Fix`); phase(`Round ${1}`); return agent('x', { phase: undefined })"],
  },
  {
    code: 'W34-unknown-arg',
    meta: ARGS,
    finds: {
      'return [args.path, args.limit, args.paths]': 'paths',
      'const { path, limt: limit } = args ?? {}; return [path, limit, args.limit]': 'limt',
      'const a = args || {}; return [a.path, a.limit, a["max"]]': '"max"',
    },
    fine: [
      'return [args.path, args?.limit]',
      "if (typeof args === 'string') return args.trim(); return [args.path, args.limit]",
    ],
  },
  {
    code: 'W34-unused-arg',
    meta: ARGS,
    finds: { 'return args.path': 'limit', 'const { path = 1 } = args ?? {}; return path': 'limit' },
    fine: [
      'return JSON.stringify(args)',
      'const { path, ...rest } = args; return [path, rest]',
      'return args[args.path]',
      'const a = args; return f(a); function f({ path, limit }) { return path + limit }',
      "return workflow('other', args)",
    ],
  },
  {
    code: 'W35-unbounded-loop',
    finds: {
      "while (true) { await agent('x') }": 'true',
      "for (;;) await agent('x')": 'for',
      "do { await agent('x') } while (1)": '1',
      'while (true) await work(); async function work() { return agent("x") }': 'true',
      "while (true) { for (const x of args) { if (x) break; await agent('x') } }": 'true',
      "while (budget.remaining() > 1000) { await agent('x') } return 1": 'budget.remaining() > 1000',
      "while (true) await parallel([1].map(() => () => { return agent('x') }))": 'true',
      "while (true) await ask('x', { default: 'y' })": 'true',
      'for (;;) await look(); async function look() { return check("test -f done") }': 'for',
    },
    fine: [
      "while (true) { const r = await agent('x'); if (!r) break }",
      "for (;;) { if (args) return 1; await agent('x') }",
      "while (true) { const answer = await ask('x', { default: 'y' }); if (answer === 'y') break }",
      "out: while (true) { for (;;) { await agent('x'); break out } }",
      "for (let n = 0; n < 3; n++) await agent('x'); return 1",
      "while (budget.total && budget.remaining() > 1000) { await agent('x') } return 1",
      "while (budget.remaining() > 1000) { if (!(await agent('x'))) break } return 1",
      "let n = 0; while (n++ < 5 && budget.remaining() > 1000) await agent('x'); return n",
      'while (true) { if (args) break } return 1',
      'while (true) { await new Promise((wake) => setTimeout(wake, 1)); log(1) }',
    ],
  },
  {
    code: 'W38-fan-out',
    finds: {
      [`return parallel([${'1,'.repeat(26)}].map((n) => () => agent(\`\${n}\`)))`]: 'parallel',
      [`const all = [${'1,'.repeat(26)}]; return pipeline(all, (n) => agent(\`\${n}\`))`]: 'pipeline',
      'return Promise.all(Array.from({ length: 40 }, (_, n) => agent(`${n}`)))': 'Promise.all',
    },
    fine: [
      `return parallel([${'1,'.repeat(25)}].map((n) => () => agent(\`\${n}\`)))`,
      `const all = [${'1,'.repeat(26)}]; return parallel(all.slice(0, 5).map((n) => () => agent(\`\${n}\`)))`,
      `const all = [${'1,'.repeat(26)}]; return parallel(all.map((n) => async () => n))`,
      'return parallel(args.map((n) => () => agent(n)))',
    ],
  },
  {
    code: 'X03-unreviewed',
    finds: { "const c = await change('x'); return c && land(c)": 'land(c)' },
    fine: ["const c = await change('x'); if (!c) return null; await review(c); return land(c)"],
  },
];

describe.each(CASES)('$code', ({ code, meta, finds, fine }) => {
  test.each(Object.entries(finds))('%s', (body, marked) => {
    expect(found(body, meta)).toEqual([`${code} ${marked}`]);
  });

  test.each(fine)('nothing in %s', (body) => {
    expect(found(body, meta)).toEqual([]);
  });
});

test('every rule has its cases', () => {
  expect(CASES.map(({ code }) => code).sort()).toEqual(RULES.map(({ code }) => code).sort());
});

test('what is found says where it ends, on its lines', () => {
  const checked = checkScript(
    "// é\r\nexport const meta = { name: 'n', description: 'd' };\r\nagent(\r\n  'x',\r\n)\r\n",
    'a.js',
  );
  expect(checked.ok && lintScript(checked.script)).toMatchObject([{ line: 3, column: 1, endLine: 5, endColumn: 2 }]);
});

test('a launch tells with their lines what the run itself will not', () => {
  const body = `const all = []; for (const f of args) all.push(await agent(f, ${SCHEMA}));
parallel([agent('x', { lable: 'y' })]); return all`;
  const checked = checkScript(`export const meta = { name: 'n' };\n${body}`, 'a.js');
  expect(checked.ok && launchWarnings(checked.script)).toEqual([
    expect.stringContaining('`meta.description` is missing'),
    expect.stringMatching(/^Line 3: Nobody waits for this parallel/),
  ]);
});
