import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, content, error, ok, put, useToolBench } from '../../../test/support/toolBench.ts';

useToolBench();

describe('Edit', () => {
  test.each([
    { name: 'one place', before: 'a\nb\nc\n', edit: { oldText: 'b', newText: 'B' }, after: 'a\nB\nc\n' },
    {
      name: 'signs that mean something to replace()',
      before: 'x',
      edit: { oldText: 'x', newText: '$& $1 $$' },
      after: '$& $1 $$',
    },
    { name: 'all places', before: 'a a a', edit: { oldText: 'a', newText: 'aa', all: true }, after: 'aa aa aa' },
    { name: 'to nothing', before: 'a\nb\n', edit: { oldText: 'b\n', newText: '' }, after: 'a\n' },
    {
      name: 'a file of CRLF lines',
      before: 'a\r\nb\r\nc\r\n',
      edit: { oldText: 'a\nb', newText: 'x\ny\nz' },
      after: 'x\r\ny\r\nz\r\nc\r\n',
    },
    {
      name: 'a file with both line ends, as written',
      before: 'a\r\nb\nc',
      edit: { oldText: 'b\nc', newText: 'd\ne' },
      after: 'a\r\nd\ne',
    },
    {
      name: 'a file with a byte order mark',
      before: '\uFEFFa',
      edit: { oldText: 'a', newText: 'b' },
      after: '\uFEFFb',
    },
  ])('changes $name', async ({ before, edit, after }) => {
    await put('f', before);
    await ok('Edit', { path: 'f', ...edit });
    expect(await content('f')).toBe(after);
  });

  test('answers with the lines around the change', async () => {
    await put('f', Array.from({ length: 9 }, (_, at) => `line ${at + 1}`).join('\n'));
    expect(await ok('Edit', { path: 'f', oldText: 'line 5', newText: 'five' })).toBe(
      'Edited f:\n     2\tline 2\n     3\tline 3\n     4\tline 4\n     5\tfive\n     6\tline 6\n     7\tline 7\n     8\tline 8',
    );
  });

  test.each([
    {
      name: 'a text in several places',
      edit: { oldText: 'a', newText: 'b' },
      says: /4 places \(lines 1, 1, 2, 3\).*all to true/,
    },
    {
      name: 'a text that is not there, naming the nearest line',
      edit: { oldText: 'const totl = 1;', newText: '' },
      says: /Nearest to its first line is line 3: " {2}const total = 1;"/,
    },
    {
      name: 'a text unlike anything',
      edit: { oldText: 'zzzz', newText: '' },
      says: /is not in the file\. Read the file/,
    },
    { name: 'no change', edit: { oldText: 'a', newText: 'a' }, says: /are the same/ },
    { name: 'no text', edit: { oldText: '', newText: 'a' }, says: /oldText: Too small/ },
    {
      name: 'unknown fields',
      edit: { old_string: 'a', newText: 'b' },
      says: /oldText: expected string[\s\S]*old_string/,
    },
  ])('refuses $name and leaves the file as it is', async ({ edit, says }) => {
    await put('f', 'a a\na\n  const total = 1;\n');
    expect(await error('Edit', { path: 'f', ...edit })).toMatch(says);
    expect(await content('f')).toBe('a a\na\n  const total = 1;\n');
  });

  test('refuses what it would damage', async () => {
    await put('latin1', new Uint8Array([0x61, 0xe9]));
    expect(await error('Edit', { path: 'latin1', oldText: 'a', newText: 'b' })).toMatch(/not UTF-8/);
    await put('big', 'x');
    await truncate(join(bench.root, 'big'), 11 * 1024 ** 2);
    expect(await error('Edit', { path: 'big', oldText: 'x', newText: 'y' })).toMatch(/larger than 10 MB/);
    expect(await error('Edit', { path: 'bog', oldText: 'x', newText: 'y' })).toMatch(/does not exist/);
  });

  test('refuses a file that has changed since it was read; its own edits do not count', async () => {
    await put('f', 'a b c');
    await ok('Read', { path: 'f' });
    await ok('Edit', { path: 'f', oldText: 'a', newText: 'A' });
    await ok('Edit', { path: 'f', oldText: 'b', newText: 'B' });
    await put('f', 'A B c!');
    expect(await error('Edit', { path: 'f', oldText: 'c', newText: 'C' })).toMatch(/changed since you read it/);
    expect(await content('f')).toBe('A B c!');
  });
});
