import { open, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, error, ok, put, putPipe, run, useToolBench } from '../../../test/support/toolBench.ts';
import { isAbort } from '../../base/abort.ts';

useToolBench();

describe('Read', () => {
  test('numbers lines and says where to go on', async () => {
    await put('a.txt', 'one\r\ntwo\nthree');
    expect(await ok('Read', { path: 'a.txt' })).toBe('     1\tone\n     2\ttwo\n     3\tthree');
    expect(await ok('Read', { path: 'a.txt', offset: 2, limit: 1 })).toBe(
      '     2\ttwo\n[lines 2 to 2 of 3; go on with offset 3]',
    );
    expect(await ok('Read', { path: join(bench.root, 'a.txt'), offset: 3 })).toBe('     3\tthree');
  });

  test.each([
    {
      name: 'a missing file, with names like it',
      file: 'src/money.js',
      input: { path: 'src/mony.js' },
      says: /src\/mony\.js does not exist\. Did you mean money\.js/,
    },
    {
      name: 'a missing folder',
      file: 'x',
      input: { path: 'no/where.js' },
      says: /does not exist\. Find its path with Glob/,
    },
    { name: 'a file in the place of a folder', file: 'x', input: { path: 'x/y' }, says: /x\/y does not exist/ },
    { name: 'a folder', file: 'src/a', input: { path: 'src' }, says: /src is a folder\. List it with Glob/ },
    {
      name: 'an offset behind the end',
      file: 'a',
      input: { path: 'a', offset: 9 },
      says: /has 1 lines; offset 9 is behind/,
    },
    { name: 'an offset of no line', file: 'a', input: { path: 'a', offset: 0 }, says: /offset: .*>=1/ },
    { name: 'a device', file: 'a', input: { path: '/dev/zero' }, says: /pipe, socket or device/ },
    { name: 'no path', file: 'a', input: { path: 'a\0b' }, says: /null bytes/ },
  ])('refuses $name', async ({ file, input, says }) => {
    await put(file, 'text\n');
    expect(await error('Read', input).catch((thrown: unknown) => String(thrown))).toMatch(says);
  });

  test('refuses binary files, pipes and sockets at once', async () => {
    await put('b.bin', new Uint8Array([1, 0, 2]));
    expect(await error('Read', { path: 'b.bin' })).toMatch(/binary/);
    putPipe('pipe');
    expect(await error('Read', { path: 'pipe' })).toMatch(/pipe, socket/);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(bench.root, 'socket'), resolve));
    expect(await error('Read', { path: 'socket' })).toMatch(/pipe, socket/);
    await new Promise((resolve) => server.close(resolve));
  });

  test('shows bytes that are no UTF-8, and says so; a byte order mark is not shown', async () => {
    await put('latin1.txt', new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xe9, 0x62]));
    expect(await ok('Read', { path: 'latin1.txt' })).toBe('     1\ta\uFFFDb\n[� stands for bytes that are not UTF-8]');
  });

  test.each([
    { name: 'LE', order: (bytes: Buffer) => bytes },
    { name: 'BE', order: (bytes: Buffer) => bytes.swap16() },
  ])('shows UTF-16 $name with a byte order mark', async ({ order }) => {
    const text = `eins\r\nzwölf 🂡\r\n${'é'.repeat(40_000)}\r\nlast`;
    await put('wide.txt', order(Buffer.from(`\uFEFF${text}`, 'utf16le')));
    const shown = (await ok('Read', { path: 'wide.txt' })).split('\n');
    expect(shown.slice(0, 2)).toEqual(['     1\teins', '     2\tzwölf 🂡']);
    expect(shown[3]).toBe('     4\tlast');
    await put('utf32.txt', new Uint8Array([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]));
    expect(await error('Read', { path: 'utf32.txt' })).toMatch(/binary/);
  });

  test('keeps a character whole that lies across two chunks', async () => {
    await put('chunks.txt', `${'a'.repeat(64 * 1024 - 1)}é\nlast`);
    const shown = await ok('Read', { path: 'chunks.txt' });
    expect(shown).toContain('[… 63536 more characters …]\n     2\tlast');
    expect(shown).not.toContain('\uFFFD');
  });

  test('ends between two lines when there is too much', async () => {
    await put('long.txt', Array.from({ length: 3000 }, (_, at) => `${at} ${'x'.repeat(40)}`).join('\n'));
    const shown = await ok('Read', { path: 'long.txt' });
    expect(shown.length).toBeLessThan(50_000);
    const last = /go on with offset (\d+)\]$/.exec(shown)?.[1] ?? '';
    expect(await ok('Read', { path: 'long.txt', offset: Number(last), limit: 1 })).toContain(`\t${Number(last) - 1} x`);
  });

  test('a file of 2 GB is read in parts only, and costs no memory', async () => {
    await put('huge.txt', 'first\nsecond\nthird\n');
    await truncate(join(bench.root, 'huge.txt'), 2 * 1024 ** 3);
    expect(await error('Read', { path: 'huge.txt' })).toMatch(/has 2048\.0 MB\. Read a part/);
    // What follows the text are zeros, as in any sparse file: binary.
    expect(await error('Read', { path: 'huge.txt', limit: 1 })).toMatch(/binary/);
    const handle = await open(join(bench.root, 'huge.txt'), 'r+');
    await handle.write('line\n'.repeat(20_000), 0);
    await handle.close();
    const before = process.memoryUsage().rss;
    expect(await ok('Read', { path: 'huge.txt', offset: 2, limit: 1 })).toBe(
      '     2\tline\n[lines 2 to 2 of more; go on with offset 3]',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
  });

  test('an abort ends the reading of an endless line', async () => {
    await put('huge.txt', 'line\n'.repeat(20_000));
    await truncate(join(bench.root, 'huge.txt'), 2 * 1024 ** 3);
    const abort = new AbortController();
    const reading = run('Read', { path: 'huge.txt', offset: 30_000 }, bench.tools, abort.signal).catch(
      (thrown: unknown) => thrown,
    );
    setImmediate(() => abort.abort());
    expect(isAbort(await reading)).toBe(true);
  });
});
