import { expect, test } from 'vitest';
import { isInScope, scopeProblem } from './pathScope.ts';

test.each([
  { globs: ['src/**'], inside: ['src/a.js', 'src/b/c.js', 'src/.hidden'], outside: ['srcs/a.js', 'a/src/b.js', 'src'] },
  { globs: ['src'], inside: ['src', 'src/a.js', 'src/b/c.js'], outside: ['src.js', 'lib/src/a.js'] },
  { globs: ['./src/'], inside: ['src/a.js'], outside: ['a.js'] },
  { globs: ['*.md'], inside: ['a.md'], outside: ['docs/a.md', 'a.md/b'] },
  { globs: ['**/*.md'], inside: ['a.md', 'docs/a.md', 'docs/b/a.md'], outside: ['a.mdx'] },
  {
    globs: ['src/{a,b}.js', 'docs/**'],
    inside: ['src/a.js', 'src/b.js', 'docs/x'],
    outside: ['src/c.js', 'src/a.js/x'],
  },
  { globs: ['a[12].js', 'b?.js'], inside: ['a1.js', 'bx.js'], outside: ['a3.js', 'b.js', 'a1.jsx'] },
  { globs: ['a.c'], inside: ['a.c'], outside: ['abc', 'A.c'] },
  { globs: ['**'], inside: ['a', 'b/c'], outside: [] },
])('X01 $globs holds $inside and not $outside', ({ globs, inside, outside }) => {
  expect(inside.filter((path) => !isInScope(globs, path))).toEqual([]);
  expect(outside.filter((path) => isInScope(globs, path))).toEqual([]);
});

test.each(['!src/**', '/etc/**', '../a', 'a/../../b', '~/x', 'C:\\x', './', '**/**/**/**/**/**/a', 'a{b'])(
  'X01 %s cannot say what may be written',
  (glob) => {
    expect(scopeProblem(glob)).toEqual(expect.any(String));
  },
);

test.each(['src/**', '.github/workflows/*.yml', 'a/..b', 'docs'])('X01 %s can', (glob) => {
  expect(scopeProblem(glob)).toBeNull();
});
