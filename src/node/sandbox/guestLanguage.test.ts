import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Json } from '../../protocol/json.ts';
import { play } from '../../workflow/sandbox.contract.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

async function result(body: string): Promise<Json> {
  const { end } = await play(sandbox, body);
  if (end.kind !== 'returned') throw new Error(JSON.stringify(end));
  return end.value;
}

async function message(body: string): Promise<string> {
  const { end } = await play(sandbox, body);
  return end.kind === 'threw' ? `${end.error.name}: ${end.error.message}` : JSON.stringify(end);
}

const why = (what: string, instead: string): string =>
  `Error: ${what} is not available: a resumed run must take the same path again. Pass ${instead} through args.`;

test.each([
  { code: 'Date.now()', error: why('Date.now()', 'the time') },
  { code: 'new Date()', error: why('new Date()', 'the time') },
  { code: 'Date()', error: why('Date()', 'the time') },
  { code: 'Date("2024")', error: why('Date()', 'the time') },
  { code: 'Reflect.construct(Date, [])', error: why('new Date()', 'the time') },
  { code: 'new (class extends Date {})()', error: why('new Date()', 'the time') },
  { code: 'new (new Date(0).constructor)()', error: why('new Date()', 'the time') },
  { code: 'Date.prototype.constructor.now()', error: why('Date.now()', 'the time') },
  { code: 'Math.random()', error: why('Math.random()', 'a seed or the chosen values') },
])('W06 $code throws and says what to do', async ({ code, error }) => expect(await message(code)).toBe(error));

const DATES = `[
  new Date(0).toISOString(), new Date("2024-02-30T10:00:00Z").getTime(), Date.parse("2024-01-01"), Date.UTC(2024, 0, 1),
  new Date(2024, 0, 1, 12).toISOString(), new Date("2024-07-01T00:00").toISOString(), Date.parse("Jul 1 2024 10:00"),
  new Date(1720000000000).getHours(), new Date(1720000000000).toString(), new Date(0).getTimezoneOffset(),
  new Date(1720000000000).toDateString(), (() => { const d = new Date(0); d.setHours(5); return d.getTime() })(),
  new Date(0) instanceof Date, new (class Day extends Date {})(5).getTime(), Date.length, new Date(2024, 6).toLocaleString(),
]`;

const UTC_DATES = [
  '1970-01-01T00:00:00.000Z',
  1709287200000,
  1704067200000,
  1704067200000,
  '2024-01-01T12:00:00.000Z',
  '2024-07-01T00:00:00.000Z',
  1719828000000,
  9,
  'Wed Jul 03 2024 09:46:40 GMT+0000',
  0,
  'Wed Jul 03 2024',
  18000000,
  true,
  5,
  7,
  '7/1/2024, 12:00:00 AM',
];

test('W06 dates of a given value work', async () => expect(await result(`return ${DATES}`)).toEqual(UTC_DATES));

test.each(['America/New_York', 'Asia/Kolkata', 'Pacific/Chatham'])(
  'W06 local time is UTC on a machine in %s',
  async (zone) => {
    const program = `
    const { createQuickJsSandbox } = await import(${JSON.stringify(new URL('./quickJsSandbox.ts', import.meta.url).href)});
    const script = { meta: { name: 'n', description: '', phases: [] }, warnings: [], source: '', body: ${JSON.stringify(`return ${DATES}`)} };
    const run = createQuickJsSandbox().start({ script, fileName: 'a.js', args: undefined, budgetTotal: null }, { runTime: {}, effect() {}, notice() {} });
    const end = await run.ended;
    await run.dispose();
    console.log(JSON.stringify({ here: new Date(2024, 0, 1).getTimezoneOffset(), value: end.value }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, TZ: zone },
    });
    const { here, value } = JSON.parse(stdout) as { here: number; value: Json };
    expect(here).not.toBe(0);
    expect(value).toEqual(UTC_DATES);
  },
);

test.each([
  ['fetch("https://example.com")', /^ReferenceError: fetch is not available: .* has no network: let an agent fetch it/],
  ['process.env.HOME', /^ReferenceError: process is not available: .* pass settings through args/],
  ['Buffer.from("x")', /^ReferenceError: Buffer is not available: use strings/],
  ['setInterval(() => {}, 1)', /^ReferenceError: setInterval is not available: use a loop/],
  ['new Intl.NumberFormat()', /^ReferenceError: Intl is not available: use toLocaleString/],
  ['performance.now()', /^ReferenceError: performance is not available: .* has no clock/],
  ['crypto.randomUUID()', /^ReferenceError: crypto is not available: .* has no randomness/],
  ['window.alert()', /^ReferenceError: window is not available: .* globalThis/],
  ['eval("1")', /^ReferenceError: eval is not available: .* cannot make code from text/],
  ['log(meta.name)', /^ReferenceError: meta is not available: .* repeat the value here/],
  ['log(null instanceof BudgetError)', /^ReferenceError: BudgetError is not available: .*`error.name ===/],
  ['foo()', /^ReferenceError: foo is not defined: check its spelling\.$/],
  ['toString.x.y', /^TypeError: cannot read property 'y' of undefined$/],
])('W07 what is absent is named, with the way to do without: %s', async (code, expected) =>
  expect(await message(code)).toMatch(expected),
);

test('W07 console counts by label', async () => {
  const { notices } = await play(
    sandbox,
    "console.count(); console.count('a'); console.count(); console.countReset(); console.count(); console.count('a')",
  );
  const lines = notices.map((notice) => (notice.kind === 'log' ? notice.message : notice.kind));
  expect(lines).toEqual(['default: 1', 'a: 1', 'default: 2', 'default: 1', 'a: 2']);
});

test('W07 guards by typeof go on working', async () => {
  expect(
    await result('return [typeof process, typeof fetch, typeof require, typeof window, typeof Intl, typeof eval]'),
  ).toEqual(new Array(6).fill('undefined'));
});

test('W07 the advice is in the failure of a slot too', async () => {
  const { notices } = await play(sandbox, 'await parallel([() => fetch("x")])');
  expect(notices).toMatchObject([{ message: expect.stringContaining('fetch is not available') as unknown }]);
});

test.each([
  ['(1234567.891).toLocaleString()', '1,234,567.891'],
  ['(0.5).toLocaleString()', '0.5'],
  ['(-1234.5678).toLocaleString()', '-1,234.568'],
  ['(1e21).toLocaleString()', '1,000,000,000,000,000,000,000'],
  ['(NaN).toLocaleString() + (-Infinity).toLocaleString()', 'NaN-∞'],
  ['(1234.5).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })', '1,234.50'],
  ['(0.256).toLocaleString(undefined, { style: "percent" })', '26%'],
  ['(1234.5).toLocaleString("en-US", { style: "currency", currency: "USD" })', '$1,234.50'],
  ['(12345678901234567890n).toLocaleString()', '12,345,678,901,234,567,890'],
  ['[1234.5, 2].toLocaleString()', '1,234.5,2'],
  ['"iİ".toLocaleUpperCase() + "ß".toLocaleLowerCase()', 'Iİß'],
  ['new Date(0).toLocaleDateString() + " " + new Date(0).toLocaleTimeString()', '1/1/1970 12:00:00 AM'],
  ['["b", "a", "B", "A", "é", "f", "e", "10", "9"].sort((x, y) => x.localeCompare(y)).join()', '10,9,a,A,b,B,e,é,f'],
])('W07 texts are en-US: %s', async (code, text) => {
  expect(await result(`return ${code}`)).toBe(text);
});

test.each([
  [
    'ES2023',
    '[[3, 1, 2].toSorted(), [1, 2, 3].with(0, 9), [1, 2, 3].findLast((n) => n < 3), [1, 2].toReversed(), [1, 2, 3].toSpliced(0, 1), Object.groupBy([1, 2], (n) => n % 2 ? "odd" : "even")]',
    [[1, 2, 3], [9, 2, 3], 2, [2, 1], [2, 3], { odd: [1], even: [2] }],
  ],
  [
    'classes and private names',
    '(() => { class A { #x = 1; static s = 2; get x() { return this.#x } static { this.t = 3 } } return [new A().x, A.s, A.t, Object.hasOwn(A, "s")] })()',
    [1, 2, 3, true],
  ],
  [
    'errors',
    '[new Error("a", { cause: 1 }).cause, new AggregateError([1], "m").errors, new Error("x") instanceof Error]',
    [1, [1], true],
  ],
  ['WeakRef', '(() => { const held = { a: 1 }; return [new WeakRef(held).deref().a] })()', [1]],
  [
    'structuredClone',
    '(() => { const a = { d: new Date(0), m: new Map([[1, { n: 1 }]]), s: new Set([1]), r: /x/g, n: null, u: undefined, b: new Uint8Array([1, 2]) }; a.self = a; const c = structuredClone(a); return [c !== a, c.self === c, c.d.getTime(), c.m.get(1).n, c.m.get(1) !== a.m.get(1), c.s.has(1), c.r.flags, c.b[1], "u" in c] })()',
    [true, true, 0, 1, true, true, 'g', 2, true],
  ],
  [
    'structuredClone of a function',
    '(() => { try { structuredClone({ f() {} }) } catch (e) { return e.name } })()',
    'DataCloneError',
  ],
  ['Array.fromAsync', 'await Array.fromAsync((async function* () { yield 1; yield 2 })(), (n) => n * 2)', [2, 4]],
  [
    'URL',
    '(() => { const u = new URL("../b?q=1#h", "https://user@Host.com:8080/a/c/d"); u.searchParams.set("z", "a b"); return [u.href, u.origin, URL.canParse("nope")] })()',
    ['https://user@host.com:8080/a/b?q=1&z=a+b#h', 'https://host.com:8080', false],
  ],
])('W07 present: %s', async (_name, code, value) => expect(await result(`return ${code}`)).toEqual(value));

const URLS: readonly (readonly [string, string?])[] = [
  ['https://user:pa ss@EXAMPLE.com:8080/a/./b/../c%20d e?x=1&y=ü#frag'],
  ['http://a.b:80'],
  ['/x/y?z#h', 'https://h.com/p/q?r'],
  ['../x', 'https://h.com/p/q/r'],
  ['?n=1', 'https://h.com/p?o#k'],
  ['#k2', 'https://h.com/p?o#k'],
  ['mailto:a@b.c'],
  ['file:///tmp/a b'],
  ['data:text/plain,hi'],
  ['//o.com/x', 'https://h.com'],
  ['https:\\\\h.com\\x'],
  ['https:h.com'],
  ['foo'],
  ['http://'],
  ['http://h:99999'],
  ['http://[::1]:3000/x'],
  ['a b', 'https://h.com/'],
  ['', 'https://h.com/p?q'],
  ['foo://x/y/../z'],
  ['https://h.com/a%2e%2e/b'],
  ['https://h.com?x=<">\'`'],
  ['https://h.com/ünï/`{}'],
  ['HTTPS://H.com/..'],
  ['http://ex ample.com'],
  ['https://h.com/#a b"<'],
  ['https://h.com/?a=1&a=2&b=%zz+c'],
];

test('W07 URL gives the parts that Node gives', async () => {
  const parts =
    'u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash';
  const body = `return ${JSON.stringify(URLS)}.map((given) => { try { const u = new URL(...given); return [${parts}, [...u.searchParams]] } catch (e) { return e.name } })`;
  const expected = URLS.map((given) => {
    try {
      const u = new URL(...(given as [string, string?]));
      return [
        u.href,
        u.origin,
        u.protocol,
        u.username,
        u.password,
        u.host,
        u.hostname,
        u.port,
        u.pathname,
        u.search,
        u.hash,
        [...u.searchParams],
      ];
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(await result(body)).toEqual(expected);
});
