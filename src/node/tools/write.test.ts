import { chmod, link, mkdir, readFile, readdir, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bench,
  content,
  error,
  newTools,
  ok,
  prepared,
  put,
  putPipe,
  run,
  useToolBench,
} from '../../../test/support/toolBench.ts';

useToolBench();

describe('Write', () => {
  test('makes a file and its folders, and may then replace it', async () => {
    expect(await ok('Write', { path: 'new/deep/a.txt', content: 'one\ntwo\n' })).toBe(
      'Created new/deep/a.txt (2 lines).',
    );
    expect(await ok('Write', { path: 'new/deep/a.txt', content: 'three' })).toBe('Replaced new/deep/a.txt (1 line).');
    expect(await content('new/deep/a.txt')).toBe('three');
    expect(await readdir(join(bench.root, 'new/deep'))).toEqual(['a.txt']);
  });

  test('replaces only what was read and has not changed since', async () => {
    await put('a.txt', 'theirs');
    expect(await error('Write', { path: 'a.txt', content: 'x' })).toMatch(/exists already\. Read it first/);
    await ok('Read', { path: 'a.txt' });
    await put('a.txt', 'other!');
    await utimes(join(bench.root, 'a.txt'), 1, 1);
    expect(await error('Write', { path: 'a.txt', content: 'x' })).toMatch(/changed since you read it/);
    await ok('Read', { path: 'a.txt' });
    await ok('Write', { path: 'a.txt', content: 'mine' });
    expect(await content('a.txt')).toBe('mine');
  });

  test('keeps the mode, and leaves other names of the same file alone', async () => {
    await put('run.sh', 'old');
    await chmod(join(bench.root, 'run.sh'), 0o755);
    await link(join(bench.root, 'run.sh'), join(bench.outside, 'twin'));
    await ok('Read', { path: 'run.sh' });
    await ok('Write', { path: 'run.sh', content: 'new' });
    expect((await stat(join(bench.root, 'run.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(bench.outside, 'twin'), 'utf8')).toBe('old');
  });

  const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');

  test.each([
    { name: 'line ends', before: 'a\r\nb\r\n', writes: 'c\nd\n', after: 'c\r\nd\r\n' },
    { name: 'a byte order mark', before: '\uFEFFa\n', writes: 'b\n', after: '\uFEFFb\n' },
    { name: 'UTF-16 LE', before: utf16('ä\r\n'), writes: 'ö\n', after: utf16('ö\r\n') },
    { name: 'UTF-16 BE', before: utf16('ä').swap16(), writes: 'ö', after: utf16('ö').swap16() },
    { name: 'mixed line ends as written', before: 'a\r\nb\n', writes: 'c\nd\r\n', after: 'c\nd\r\n' },
    {
      name: 'line ends of a file that is larger than what is looked at',
      before: `${'é'.repeat(500)}\r\n`.repeat(2000),
      writes: 'a\nb',
      after: 'a\r\nb',
    },
  ])('keeps $name', async ({ before, writes, after }) => {
    await put('a.txt', before);
    await ok('Read', { path: 'a.txt' });
    await ok('Write', { path: 'a.txt', content: writes });
    expect(await readFile(join(bench.root, 'a.txt'))).toEqual(Buffer.from(after));
  });

  test('says that an encoding is lost', async () => {
    await put('latin1.txt', new Uint8Array([0x61, 0xe9]));
    await ok('Read', { path: 'latin1.txt' });
    expect(await ok('Write', { path: 'latin1.txt', content: 'é' })).toBe(
      'Replaced latin1.txt (1 line). The old file is not UTF-8 text; it is UTF-8 now.',
    );
    expect(await content('latin1.txt')).toBe('é');
  });

  test.each([
    {
      name: 'a file in the place of a folder',
      path: 'a.txt/b',
      says: /a\.txt\/b cannot be written: a folder on its way/,
    },
    { name: 'a name that is too long', path: 'n'.repeat(300), says: /ENAMETOOLONG|its name is too long/ },
  ])('refuses $name', async ({ path, says }) => {
    await put('a.txt', 'x');
    expect(await error('Write', { path, content: 'y' }).catch(String)).toMatch(says);
    expect(await readdir(bench.root)).toEqual(['a.txt']);
  });

  test('refuses folders and pipes', async () => {
    await mkdir(join(bench.root, 'folder'));
    expect(await error('Write', { path: 'folder', content: '' })).toMatch(/is a folder/);
    putPipe('pipe');
    expect(await error('Write', { path: 'pipe', content: '' })).toMatch(/pipe, socket/);
  });

  test('another agent’s reading does not count', async () => {
    await put('a.txt', 'x');
    await ok('Read', { path: 'a.txt' });
    const others = newTools();
    expect(await run('Write', { path: 'a.txt', content: 'y' }, others)).toMatchObject({ kind: 'error' });
  });

  test('goes nowhere else when a link took the path’s place after the check', async () => {
    const preparation = await prepared('Write', { path: 'sub/a.txt', content: 'x' });
    await symlink(bench.outside, join(bench.root, 'sub'));
    const outcome = preparation.kind === 'ready' ? await preparation.call.run(new AbortController().signal) : null;
    expect(outcome).toMatchObject({ kind: 'error', message: expect.stringMatching(/leads elsewhere/) as string });
    expect(await readdir(bench.outside)).toEqual(['work']);
  });
});
