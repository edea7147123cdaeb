import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slug, uniqueNames } from './names.ts';

test.each([
  ['Fix the parser', 'fix-the-parser'],
  ['  src/a.ts: typo!  ', 'src-a-ts-typo'],
  ['Émigré naïve', 'emigre-naive'],
  ['ﬁle №5', 'file-no5'],
  ['../../etc/passwd', 'etc-passwd'],
  ['-rf', 'rf'],
  ['a.lock', 'a-lock'],
  ['日本語', 'unnamed'],
  ['', 'unnamed'],
  ['CON', 'con-0'],
  ['x'.repeat(99), 'x'.repeat(40)],
  [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
])('slug(%j) is %j', (label, name) => expect(slug(label)).toBe(name));

/** What every name must be: one word for git, for a shell and for all file systems. */
function expectSafe(name: string): void {
  expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(name.length).toBeLessThanOrEqual(40);
  expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/);
}

const label = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'B', '-', '/', '.', ' ', 'é', '\0'), maxLength: 90 }),
  fc.constantFrom('con', 'fix', 'fix-2', 'fix 2', 'FIX', 'a'.repeat(40), 'a'.repeat(41)),
);

test('any label gives a safe name, and a name names itself', () => {
  fc.assert(
    fc.property(label, (text) => {
      expectSafe(slug(text));
      expect(slug(slug(text))).toBe(slug(text));
    }),
  );
});

test('any labels give names that differ', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 60 }), (labels) => {
      const nameOf = uniqueNames(['fix']);
      const names = labels.map(nameOf);
      names.forEach(expectSafe);
      expect(new Set([...names, 'fix']).size).toBe(names.length + 1);
    }),
  );
});

test('equal labels are counted', () => {
  const nameOf = uniqueNames();
  expect(['fix', 'fix', 'Fix!', 'fix 2'].map(nameOf)).toEqual(['fix', 'fix-2', 'fix-3', 'fix-2-2']);
});
