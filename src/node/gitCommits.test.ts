import { expect, test } from 'vitest';
import { MAX_DIFF_CHARS } from '../workflow/worktrees.ts';
import { cutDiff, parseChangedFiles } from './gitCommits.ts';

test.each([
  { name: 'nothing', fields: [], files: [] },
  {
    name: 'a rename and a binary file',
    fields: [
      ':100644 100644 1 2 R087',
      'old',
      'new',
      ':000000 100644 0 3 A',
      'a\tb\n.bin',
      '3\t1\t',
      'old',
      'new',
      '-\t-\ta\tb\n.bin',
    ],
    files: [
      { path: 'new', status: 'renamed', additions: 3, deletions: 1 },
      { path: 'a\tb\n.bin', status: 'added', additions: 0, deletions: 0 },
    ],
  },
  {
    name: 'names that look like records',
    fields: [
      ':100644 120000 1 2 T',
      ':100644 100644 1 2 D',
      ':100644 000000 1 0 D',
      '1\t1\tx',
      '1\t1\t:100644 100644 1 2 D',
      '0\t2\t1\t1\tx',
    ],
    files: [
      { path: ':100644 100644 1 2 D', status: 'modified', additions: 1, deletions: 1 },
      { path: '1\t1\tx', status: 'deleted', additions: 0, deletions: 2 },
    ],
  },
])('changed files: $name', ({ fields, files }) => {
  expect(parseChangedFiles(fields.map((field) => `${field}\0`).join(''))).toEqual(files);
});

test.each([
  { name: 'as long as it may be', diff: `${'x'.repeat(MAX_DIFF_CHARS - 1)}\n`, cut: false },
  { name: 'one longer', diff: `${'x'.repeat(MAX_DIFF_CHARS / 2)}\n${'y'.repeat(MAX_DIFF_CHARS / 2)}`, cut: true },
  { name: 'of one endless line', diff: 'x'.repeat(MAX_DIFF_CHARS * 2), cut: true },
])('a diff $name', ({ diff, cut }) => {
  const result = cutDiff(diff);
  expect(result.length).toBeLessThanOrEqual(MAX_DIFF_CHARS);
  if (!cut) expect(result).toBe(diff);
  else expect(result).toMatch(/^(x*\n)?\[The diff goes on and is cut here; [^\n]*\]\n$/);
});
