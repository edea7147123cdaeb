import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../protocol/json.ts';
import { play } from '../../workflow/sandbox.contract.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

/** What each of the expressions gives in the sandbox; null: it throws. */
async function results(code: readonly string[]): Promise<Json> {
  const { end } = await play(
    sandbox,
    `return [${code.map((one) => `() => ${one}`).join()}].map((give) => {
    try { return give() } catch { return null }
  })`,
  );
  if (end.kind !== 'returned') throw new Error(JSON.stringify(end));
  return end.value;
}

interface Case {
  readonly code: string;
  /** What Node gives. */
  readonly text: string | number | null;
}

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** Of so many at once, and not made smaller where they fail: each run of the sandbox has its price. */
const RUNS = { numRuns: 8, endOnFailure: true };
const many = (one: fc.Arbitrary<Case>): fc.Arbitrary<Case[]> => fc.array(one, { minLength: 100, maxLength: 150 });

async function holds(cases: readonly Case[]): Promise<void> {
  const found = (await results(cases.map(({ code }) => code))) as readonly Json[];
  expect(cases.map(({ code }, index) => `${code} ${JSON.stringify(found[index])}`)).toEqual(
    cases.map(({ code, text }) => `${code} ${JSON.stringify(text)}`),
  );
}

const given = (options: object): string => JSON.stringify(options);
const orNull = <T>(give: () => T): T | null => {
  try {
    return give();
  } catch {
    return null;
  }
};

test('W07 numbers are written as Node writes them in en-US, whatever the options', async () => {
  const value = fc.oneof(
    fc.double(),
    fc.double({ min: -1e7, max: 1e7 }),
    fc.integer(),
    fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.nat(5)).map(([n, places]) => n / 10 ** places),
    fc.constantFrom(-0, NaN, Infinity, 999.5, 999_499, 999_500, 1.005, 1e21),
  );
  const options = fc.record({
    style: maybe(fc.constantFrom('decimal' as const, 'percent' as const, 'currency' as const)),
    currency: fc.constantFrom('USD', 'EUR', 'JPY', 'CHF', 'CAD'),
    notation: maybe(fc.constantFrom('standard' as const, 'compact' as const)),
    compactDisplay: maybe(fc.constantFrom('short' as const, 'long' as const)),
    useGrouping: maybe(fc.boolean()),
    minimumFractionDigits: maybe(fc.nat(6)),
    maximumFractionDigits: maybe(fc.nat(6)),
  });
  const one = fc.tuple(value, options).map(([number, chosen]) => ({
    code: `(${Object.is(number, -0) ? '-0' : String(number)}).toLocaleString("en-US", ${given(chosen)})`,
    text: orNull(() => number.toLocaleString('en-US', chosen)),
  }));
  await fc.assert(fc.asyncProperty(many(one), holds), RUNS);
});

const METHODS = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'] as const;

test('W07 dates are written as Node writes them in en-US and UTC, or refused', async () => {
  const form = maybe(fc.constantFrom('numeric' as const, '2-digit' as const));
  const name = maybe(fc.constantFrom('long' as const, 'short' as const));
  const style = maybe(fc.constantFrom('full' as const, 'long' as const, 'medium' as const, 'short' as const));
  const hour12 = maybe(fc.boolean());
  const zones = maybe(fc.constantFrom('UTC'));
  const parts = fc.record({
    ...{ weekday: name, year: form, month: fc.oneof(form, name), day: form, hour: form, minute: form, second: form },
    ...{ hour12, timeZone: zones, timeZoneName: maybe(fc.constantFrom('short' as const)) },
  });
  const styles = fc.record({ dateStyle: style, timeStyle: style, hour12, timeZone: zones });
  const one = fc
    .tuple(fc.integer({ min: -6e13, max: 4e12 }), fc.constantFrom(...METHODS), fc.oneof(parts, styles))
    .map(([ms, method, chosen]) => ({
      code: `new Date(${ms}).${method}("en-US", ${given(chosen)})`,
      text: orNull(() => new Date(ms)[method]('en-US', { ...chosen, timeZone: 'UTC' })),
    }));
  const rightOrRefused = async (cases: readonly Case[]): Promise<void> => {
    const found = (await results(cases.map(({ code }) => code))) as readonly Json[];
    await holds(cases.filter((_, index) => found[index] !== null));
  };
  await fc.assert(fc.asyncProperty(many(one), rightOrRefused), RUNS);
});

test('W07 the common dates are not refused', async () => {
  const at = Date.UTC(2024, 6, 3, 21, 5, 7);
  const chosen: readonly Intl.DateTimeFormatOptions[] = [
    {},
    { dateStyle: 'full' },
    { dateStyle: 'long', timeStyle: 'short' },
    { dateStyle: 'medium', timeStyle: 'medium' },
    { dateStyle: 'short', timeStyle: 'long' },
    { year: 'numeric', month: 'long', day: 'numeric' },
    { year: 'numeric', month: '2-digit', day: '2-digit' },
    { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
    { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
    { year: 'numeric', month: 'short' },
    { weekday: 'long' },
    { month: 'long' },
    { hour: '2-digit', minute: '2-digit', hour12: false },
    { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' },
  ];
  await holds(
    chosen.map((options) => ({
      code: `new Date(${at}).toLocaleString("en-US", ${given(options)})`,
      text: new Date(at).toLocaleString('en-US', { ...options, timeZone: 'UTC' }),
    })),
  );
});

test('W07 texts are ordered as Node orders them in en-US, whatever the options', async () => {
  const letters = 'aAbBzZéÉèüñÇå019 _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$\t\n';
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', 'A', 'á', '0', '1', '2'), maxLength: 5 }),
  );
  const options = fc.record({
    numeric: maybe(fc.boolean()),
    sensitivity: maybe(fc.constantFrom('base' as const, 'accent' as const, 'case' as const, 'variant' as const)),
  });
  const one = fc.tuple(text, text, options).map(([a, b, chosen]) => ({
    code: `${JSON.stringify(a)}.localeCompare(${JSON.stringify(b)}, undefined, ${given(chosen)})`,
    text: a.localeCompare(b, 'en-US', chosen),
  }));
  await fc.assert(fc.asyncProperty(many(one), holds), RUNS);
});

test.each([
  ['(1).toLocaleString("de-DE")', /^RangeError: .*knows the locale en-US alone, not de-DE: leave it out/],
  [
    '(1).toLocaleString("en-US", { style: "unit", unit: "mile" })',
    /takes decimal or percent or currency as style, not/,
  ],
  [
    '(1).toLocaleString("en-US", { maximumSignificantDigits: 2 })',
    /option maximumSignificantDigits\. .* toPrecision\(\)/,
  ],
  [
    '(1).toLocaleString("en-US", { style: "currency" })',
    /takes a currency of USD, .*, not undefined: write the amount/,
  ],
  [
    '(1).toLocaleString("en-US", { maximumFractionDigits: 101 })',
    /a whole number from 0 to 100 as maximumFractionDigits/,
  ],
  ['new Date(0).toLocaleDateString("en-GB")', /not en-GB: leave it out, and for 2024-07-03 write toISOString/],
  [
    'new Date(0).toLocaleString("en-US", { timeZone: "Europe/Berlin" })',
    /time zone UTC alone, not Europe\/Berlin: leave/,
  ],
  ['new Date(0).toLocaleString("en-US", { era: "short" })', /does not know the option era\. It knows .*toISOString/],
  ['new Date(0).toLocaleString("en-US", { month: "narrow" })', /takes numeric or 2-digit or long or short as month/],
  [
    'new Date(0).toLocaleString("en-US", { year: "numeric", day: "numeric" })',
    /no text for year, day together: ask for/,
  ],
  ['new Date(0).toLocaleDateString("en-US", { timeStyle: "short" })', /takes no timeStyle: use toLocaleString\(\)/],
  ['"a".localeCompare("b", "sv")', /knows the locale en-US alone, not sv/],
  ['"a".localeCompare("b", undefined, { ignorePunctuation: true })', /option ignorePunctuation\. .*keys of your own/],
])('W07 what has no text here is refused, with the way to do without: %s', async (code, expected) => {
  const { end } = await play(sandbox, code);
  expect(end.kind === 'threw' && `${end.error.name}: ${end.error.message}`).toMatch(expected);
});

test('W07 a list hands the options on', async () => {
  await holds([
    { code: '(1234.5).toLocaleString("en-GB") + "b".localeCompare("a", ["en-AU"])', text: '1,234.51' },
    { code: '[1234.5, 2, null].toLocaleString("en-US", { minimumFractionDigits: 2 })', text: '1,234.50,2.00,' },
  ]);
});
