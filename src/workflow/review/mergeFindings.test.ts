import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEVERITIES } from '../../protocol/change.ts';
import { mergeFindings, type Found } from './mergeFindings.ts';

const found = (of: Partial<Found['claim']> = {}, lens = 'correctness'): Found => ({
  claim: {
    ...{ path: 'a.js', line: 3, quote: 'x', severity: 'minor', title: 'The sum overflows for large input', body: lens },
    ...of,
  },
  lens,
  reviewer: `a-${lens}`,
});

test('X02 what two reviewers found is one finding: both lenses, the gravest words', () => {
  const other = {
    line: 2,
    endLine: 4,
    severity: 'major',
    title: 'Sum overflows on large inputs',
    suggestion: 'BigInt',
  } as const;
  const merged = mergeFindings([found(), found({ path: 'b.js' }), found(other, 'security'), found({}, 'tests')]);
  expect(merged).toMatchObject([
    {
      lens: 'correctness, security, tests',
      reviewer: 'a-security',
      claim: { severity: 'major', line: 2, body: 'security', suggestion: 'BigInt' },
    },
    { lens: 'correctness', claim: { path: 'b.js' } },
  ]);
});

test.each([
  { name: 'another file', other: { path: 'b.js' } },
  { name: 'other lines', other: { line: 4 } },
  { name: 'another title', other: { title: 'The name says nothing' } },
  { name: 'no place', other: { unplaced: true } },
] as const)('X02 a finding with $name is another one', ({ other }) => {
  expect(mergeFindings([found(), found(other)])).toHaveLength(2);
});

test('X02 nothing is lost, whatever is merged: every lens, and the gravest severity of a file', () => {
  const one = fc.record({
    line: fc.integer({ min: 1, max: 3 }),
    severity: fc.constantFrom(...SEVERITIES),
    title: fc.constantFrom('It is wrong', 'Wrong it is', 'Something else', ''),
    lens: fc.constantFrom('a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(one), (all) => {
      const merged = mergeFindings(all.map(({ lens, ...of }) => found(of, lens)));
      const lenses = (list: readonly { lens: string }[]) => new Set(list.flatMap(({ lens }) => lens.split(', ')));
      expect(lenses(merged)).toEqual(lenses(all));
      const gravest = (list: readonly string[]) => SEVERITIES.find((severity) => list.includes(severity));
      expect(gravest(merged.map(({ claim }) => claim.severity))).toBe(gravest(all.map(({ severity }) => severity)));
    }),
  );
});
