import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, content, error, ok, permission, put, useToolBench } from '../../../test/support/toolBench.ts';
import { decide } from '../../engine/decide.ts';

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

  test.each([
    { name: 'UTF-16 LE', order: (bytes: Buffer) => bytes },
    { name: 'UTF-16 BE', order: (bytes: Buffer) => bytes.swap16() },
  ])('keeps $name', async ({ order }) => {
    const bytes = (text: string): Buffer => order(Buffer.from(`\uFEFF${text}`, 'utf16le'));
    await put('f', bytes('eins\r\nzwölf 🂡\r\n'));
    expect(await ok('Edit', { path: 'f', oldText: 'eins\nzwölf', newText: 'zwei\ndrei' })).toBe(
      'Edited f:\n     1\tzwei\n     2\tdrei 🂡',
    );
    expect(await readFile(join(bench.root, 'f'))).toEqual(bytes('zwei\r\ndrei 🂡\r\n'));
  });

  test('refuses what it would damage', async () => {
    for (const [bytes, says] of [
      [[0xff, 0xfe, 0x61, 0x00, 0x62], /damaged UTF-16/],
      [[0xff, 0xfe, 0x00, 0xd8, 0x61, 0x00], /damaged UTF-16/],
      [[0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00], /binary/],
      [[0x61, 0x00, 0x62], /binary/],
    ] as const) {
      await put('f', new Uint8Array(bytes));
      expect(await error('Edit', { path: 'f', oldText: 'a', newText: 'b' })).toMatch(says);
    }
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

describe('MultiEdit', () => {
  const edit = (oldText: string, newText: string, all?: boolean) => ({ oldText, newText, ...(all && { all }) });

  test('makes its edits one after the other and shows the lines around them', async () => {
    await put('f', Array.from({ length: 30 }, (_, at) => `line ${at + 1}`).join('\r\n'));
    const edits = [
      edit('line 3\n', 'three\n3b\n'),
      edit('three', 'THREE'),
      edit('line 28', 'l28'),
      edit('line 1\n', ''),
    ];
    expect(await ok('MultiEdit', { path: 'f', edits })).toBe(
      [
        'Edited f in 4 places:',
        ...['line 2', 'THREE', '3b', 'line 4', 'line 5', 'line 6', 'line 7'].map(
          (line, at) => `     ${at + 1}\t${line}`,
        ),
        '     …',
        ...['line 25', 'line 26', 'line 27', 'l28', 'line 29', 'line 30'].map((line, at) => `    ${at + 25}\t${line}`),
      ].join('\n'),
    );
    expect((await content('f')).startsWith('line 2\r\nTHREE\r\n3b\r\nline 4')).toBe(true);
  });

  test('makes none when one does not fit, and says which', async () => {
    await put('f', 'a b c');
    expect(await error('MultiEdit', { path: 'f', edits: [edit('a', 'x'), edit('a', 'y'), edit('b', 'z')] })).toMatch(
      /^f: edit 2 of 3: oldText is not in the file\..* None of the edits was made\.$/,
    );
    expect(await content('f')).toBe('a b c');
    const edits = [edit('a', 'x'), edit('b', 'b')];
    expect(await error('MultiEdit', { path: 'f', edits })).toBe(
      'MultiEdit: oldText and newText of edit 2 are the same.',
    );
    expect(await error('MultiEdit', { path: 'f', edits: [] })).toMatch(/edits: .*>=1/);
  });

  test('ends a file that grows and grows', async () => {
    await put('f', 'a');
    const edits = [
      edit('a', 'b'.repeat(3000), true),
      edit('b', `${'c'.repeat(2999)}d`, true),
      edit('d', 'e'.repeat(4000), true),
    ];
    expect(await error('MultiEdit', { path: 'f', edits })).toMatch(/edit 3 of 3: the file would become larger than 10/);
    expect(await content('f')).toBe('a');
  });

  test('asks as one write of the file, which rules about Edit cover', async () => {
    await put('f', 'a');
    const request = await permission('MultiEdit', { path: 'f', edits: [edit('a', 'b')] });
    expect(request).toEqual({ tool: 'MultiEdit', access: 'write', subject: join(bench.root, 'f') });
    const rules = { deny: ['Edit(f)'], ask: [], allow: [] };
    const policy = { mode: 'bypass', rules, root: bench.root, ownsRoot: true } as const;
    expect(request && decide(policy, request)).toMatchObject({ kind: 'deny' });
  });
});
