import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pdfOf } from '../../../test/support/pdf.ts';
import { bench, content, error, newTools, ok, put, run, useToolBench } from '../../../test/support/toolBench.ts';
import type { PageRange, PdfPages } from '../pdf/messages.ts';

useToolBench();

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const WEBP = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');

/** The segments that say how large a picture is, and its end: no picture, but the frame of one. */
function jpeg(width: number, height: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16BE(height, 0);
  size.writeUInt16BE(width, 2);
  const segments = [
    [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8],
    size,
    [0xff, 0xd9],
  ];
  return Buffer.concat(segments.map((bytes) => Buffer.from(bytes)));
}

function png(width: number, height: number): Buffer {
  const bytes = Buffer.from(PNG);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

describe('Read of an image', () => {
  test.each([
    { name: 'PNG', bytes: PNG, mediaType: 'image/png', size: '1 × 1' },
    { name: 'GIF', bytes: GIF, mediaType: 'image/gif', size: '1 × 1' },
    { name: 'WebP', bytes: WEBP, mediaType: 'image/webp', size: '1 × 1' },
    { name: 'JPEG', bytes: jpeg(640, 480), mediaType: 'image/jpeg', size: '640 × 480' },
  ])('shows a $name, whatever its name', async ({ bytes, mediaType, size }) => {
    await put('picture.txt', bytes);
    expect(await run('Read', { path: 'picture.txt' })).toEqual({
      kind: 'ok',
      content: `[picture.txt: ${mediaType}, ${size} pixels, 1 KB]`,
      images: [{ mediaType, data: bytes.toString('base64') }],
    });
  });

  test('takes a text for text, also by the name of an image', async () => {
    await put('a.png', 'text\n');
    expect(await ok('Read', { path: 'a.png' })).toBe('     1\ttext');
  });

  test.each([
    { name: 'a PNG that was cut off', bytes: PNG.subarray(0, 40), says: /is damaged/ },
    { name: 'a PNG without a size', bytes: png(0, 1), says: /is damaged/ },
    { name: 'a WebP that was cut off', bytes: WEBP.subarray(0, 24), says: /is damaged/ },
    { name: 'a JPEG without an end', bytes: jpeg(1, 1).subarray(0, -2), says: /is damaged/ },
    { name: 'a JPEG that is none', bytes: Buffer.from([0xff, 0xd8, 0xff, 1, 0, 2, 7, 0xff, 0xd9]), says: /is damaged/ },
    { name: 'too many pixels', bytes: png(8001, 10), says: /8001 × 10 pixels, and at most 8000 a side/ },
    { name: 'too many bytes', bytes: Buffer.concat([PNG, Buffer.alloc(4e6)]), says: /3\.8 MB, and at most 3\.75 MB/ },
  ])('refuses $name', async ({ bytes, says }) => {
    await put('a.png', bytes);
    expect(await error('Read', { path: 'a.png' })).toMatch(says);
  });

  test('of 2 GB is refused without being read', async () => {
    await put('a.png', PNG);
    await truncate(join(bench.root, 'a.png'), 2 * 1024 ** 3);
    expect(await error('Read', { path: 'a.png' })).toMatch(/is an image of 2048\.0 MB; at most 3\.75 MB/);
  });
});

describe('Read of a PDF', () => {
  const range = async (input: object, answer: PdfPages = { kind: 'pages', total: 99, pages: [] }) => {
    const asked: PageRange[] = [];
    const pdf = {
      read: (_load: () => Promise<Uint8Array>, wanted: PageRange) => {
        asked.push(wanted);
        return Promise.resolve(answer);
      },
    };
    return { outcome: await run('Read', { path: 'a.pdf', ...input }, newTools({ pdf })), asked };
  };

  test('shows its text by pages and says where to go on', async () => {
    await put('a.pdf', pdfOf([['One', 'more'], ['Two'], ['Three']]));
    expect(await ok('Read', { path: 'a.pdf', pages: '1-2' })).toBe(
      '--- page 1 of 3 ---\nOne\nmore\n--- page 2 of 3 ---\nTwo\n[pages 1 to 2 of 3; go on with pages "3-3"]',
    );
    expect(await ok('Read', { path: 'a.pdf', pages: ' 3 ' })).toBe('--- page 3 of 3 ---\nThree');
    expect(await error('Read', { path: 'a.pdf', pages: '4' })).toMatch(/has 3 pages; page 4 is behind its end/);
  });

  test('takes what begins like a PDF for one, and by its name also where something else stands before', async () => {
    const file = pdfOf([['One']]);
    await put('a.bin', file);
    await put('b.pdf', Buffer.concat([Buffer.from('HTTP/1.1 200 OK\n\n'), file]));
    await put('c.txt', 'A file of %PDF-1.4\n');
    expect(await ok('Read', { path: 'a.bin' })).toBe('--- page 1 of 1 ---\nOne');
    expect(await ok('Read', { path: 'b.pdf' })).toBe('--- page 1 of 1 ---\nOne');
    expect(await ok('Read', { path: 'c.txt' })).toBe('     1\tA file of %PDF-1.4');
  });

  test.each([
    { input: {}, first: 1, last: 10 },
    { input: { pages: '7' }, first: 7, last: 7 },
    { input: { pages: '5-500' }, first: 5, last: 24 },
  ])('asks for pages $first to $last by $input', async ({ input, first, last }) => {
    await put('a.pdf', pdfOf([['x']]));
    expect((await range(input)).asked).toEqual([{ first, last, maxChars: 40_000 }]);
  });

  test.each([
    { name: 'that is damaged', file: '%PDF-1.4 nothing', input: {}, says: /a\.pdf is no PDF that can be read/ },
    { name: 'by lines', file: '%PDF-1.4', input: { offset: 2 }, says: /with pages, not with offset and limit/ },
    { name: 'by no pages', file: '%PDF-1.4', input: { pages: '3-1' }, says: /write "3", or "3-7"/ },
    { name: 'that is none', file: 'text', input: { pages: '1' }, says: /is no PDF: .* not with pages/ },
  ])('refuses one $name', async ({ file, input, says }) => {
    await put('a.pdf', file);
    expect(await error('Read', { path: 'a.pdf', ...input })).toMatch(says);
  });

  test.each([
    { why: 'password', says: /protected by a password/ },
    { why: 'too-slow', says: /too long to read\. Ask for fewer pages/ },
    { why: 'too-large', says: /too much memory/ },
  ] as const)('says what to do: $why', async ({ why, says }) => {
    await put('a.pdf', pdfOf([['x']]));
    const { outcome } = await range({}, { kind: 'unreadable', why });
    expect(outcome).toMatchObject({ kind: 'error', message: expect.stringMatching(says) as string });
  });

  test('of 2 GB is refused without being read', async () => {
    await put('a.pdf', pdfOf([['x']]));
    await truncate(join(bench.root, 'a.pdf'), 2 * 1024 ** 3);
    expect(await error('Read', { path: 'a.pdf' })).toMatch(/a PDF of 2048\.0 MB; at most 64 MB/);
  });
});

describe('Read of a notebook', () => {
  const code = (source: string | string[], outputs: readonly object[] = [], execution_count: number | null = 1) => ({
    cell_type: 'code',
    source,
    outputs,
    execution_count,
  });
  const notebook = (...cells: readonly object[]) =>
    put('n.ipynb', JSON.stringify({ nbformat: 4, metadata: {}, cells }));
  const picture = (data: unknown) => ({
    output_type: 'display_data',
    data: { 'image/png': data, 'text/plain': 'fig' },
  });

  test('shows its cells with numbers, sources, outputs and pictures', async () => {
    await notebook(
      { cell_type: 'markdown', source: ['# Title\n', 'words'] },
      code('1 + 1', [{ output_type: 'execute_result', data: { 'text/plain': ['2'], 'text/html': '<b>2</b>' } }], 7),
      code(
        ['plot()'],
        [
          { output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n'] },
          picture([PNG.toString('base64').slice(0, 20), `${PNG.toString('base64').slice(20)}\n`]),
          { output_type: 'error', ename: 'ValueError', evalue: 'bad', traceback: ['\u001b[31mline 1\u001b[0m'] },
          { output_type: 'display_data', data: { 'application/x-widget': {} } },
        ],
      ),
    );
    expect(await run('Read', { path: 'n.ipynb' })).toEqual({
      kind: 'ok',
      content: [
        '--- cell 1: markdown ---\n# Title\nwords',
        '--- cell 2: code, run 7 ---\n1 + 1\n--- output ---\n2',
        '--- cell 3: code, run 1 ---\nplot()\n--- output ---\na\nb\n--- output ---\n[image/png]',
        '--- output ---\nValueError: bad\nline 1\n--- output ---\n[application/x-widget]',
      ].join('\n'),
      images: [{ mediaType: 'image/png', data: PNG.toString('base64') }],
    });
  });

  test('shows a part of it, and says where to go on', async () => {
    await notebook(...Array.from({ length: 30 }, (_, at) => code(`cell ${at + 1} ${'x'.repeat(9_000)}`)));
    const shown = await ok('Read', { path: 'n.ipynb', offset: 3 });
    expect(shown.length).toBeLessThan(41_000);
    expect(shown).toMatch(/^--- cell 3: code.*\ncell 3 [\s\S]*\n\[cells 3 to 6 of 30; go on with offset 7\]$/);
    expect(await ok('Read', { path: 'n.ipynb', offset: 30, limit: 5 })).toMatch(/^--- cell 30: code.*\ncell 30 x*$/);
    expect(await error('Read', { path: 'n.ipynb', offset: 31 })).toMatch(/has 30 cells; offset 31 is behind/);
  });

  test('caps long outputs, many outputs and many pictures', async () => {
    const long = { output_type: 'stream', name: 'stdout', text: 'y'.repeat(5_000) };
    await notebook(
      code(
        'a',
        Array.from({ length: 25 }, () => ({ ...long, text: 'z' })),
      ),
      code('b'.repeat(12_000), [long]),
      code(
        'c',
        Array.from({ length: 8 }, () => picture(PNG.toString('base64'))),
      ),
      code('d', [picture(PNG.subarray(0, 30).toString('base64'))]),
    );
    const outcome = await run('Read', { path: 'n.ipynb' });
    const shown = outcome.kind === 'ok' ? outcome.content : '';
    expect(shown).toContain('[5 more outputs]');
    expect(shown).toContain('y\n[… 3000 more characters …]');
    expect(shown).toContain('b\n[… 2000 more characters …]');
    expect(shown.match(/\[a picture, left out: read cell 3 alone\]/g)).toHaveLength(2);
    expect(shown).toContain('[a picture that is damaged]');
    expect(outcome).toMatchObject({ images: { length: 6 } });
  });

  test('that is broken is shown as the text it is, so that it can be mended', async () => {
    await put('n.ipynb', '{"cells": [');
    expect(await ok('Read', { path: 'n.ipynb' })).toBe('     1\t{"cells": [');
    await notebook({ cell_type: 1 });
    expect(await ok('Read', { path: 'n.ipynb' })).toMatch(/^ {5}1\t\{"nbformat"/);
    await notebook();
    expect(await ok('Read', { path: 'n.ipynb' })).toBe('[n.ipynb is a notebook without cells]');
    await ok('Write', { path: 'n.ipynb', content: '{}' });
    expect(await content('n.ipynb')).toBe('{}');
  });
});
