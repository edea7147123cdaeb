import { constants, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packedPdf, pdfOf } from '../../../test/support/pdf.ts';
import { isAbort } from '../../base/abort.ts';
import { systemClock } from '../clock.ts';
import type { PageRange } from './messages.ts';
import { createPdfText, type PdfTextOptions } from './pdfText.ts';

const ALL: PageRange = { first: 1, last: 100, maxChars: 10_000 };

function read(
  file: Uint8Array,
  range: Partial<PageRange> = {},
  options: Partial<PdfTextOptions> = {},
  signal = new AbortController().signal,
) {
  return createPdfText({ clock: systemClock, ...options }).read(
    async () => Uint8Array.from(file),
    { ...ALL, ...range },
    signal,
  );
}

/** Few bytes that unpack to `megabytes`, by packing the same block again and again. */
function bomb(megabytes: number): Buffer {
  const whole = deflateSync(Buffer.alloc(1024 * 1024, ' '), { finishFlush: constants.Z_FULL_FLUSH });
  const [head, block] = [whole.subarray(0, 2), whole.subarray(2)];
  return packedPdf(Buffer.concat([head, ...Array.from({ length: megabytes }, () => block)]), ['FlateDecode']);
}

describe('the text of a PDF', () => {
  const file = pdfOf([['One', 'and (more)'], ['Two'], ['Three']]);

  test('comes page by page, line by line', async () => {
    expect(await read(file)).toEqual({
      kind: 'pages',
      total: 3,
      pages: [
        { number: 1, text: 'One\nand (more)', cut: false },
        { number: 2, text: 'Two', cut: false },
        { number: 3, text: 'Three', cut: false },
      ],
    });
    expect(await read(file, { first: 2, last: 2 })).toMatchObject({ total: 3, pages: [{ number: 2 }] });
    expect(await read(file, { first: 4 })).toEqual({ kind: 'pages', total: 3, pages: [] });
  });

  test('ends where there is too much of it', async () => {
    expect(await read(file, { maxChars: 16 })).toMatchObject({
      pages: [{ number: 1 }, { number: 2, text: 'Tw', cut: true }],
    });
  });

  test.each([
    { name: 'is damaged', bytes: Buffer.from('%PDF-1.7\nnothing of the kind') },
    { name: 'is empty', bytes: Buffer.alloc(0) },
    { name: 'ends in the middle', bytes: file.subarray(0, 60) },
  ])('is none when the file $name', async ({ bytes }) => {
    expect(await read(bytes)).toEqual({ kind: 'unreadable', why: 'damaged' });
  });
});

describe('a hostile PDF', () => {
  test('that unpacks to gigabytes is ended before it fills the memory', async () => {
    const before = process.memoryUsage.rss();
    const maxGrowthBytes = 200 * 1024 ** 2;
    expect(await read(bomb(4096), {}, { maxGrowthBytes })).toEqual({ kind: 'unreadable', why: 'too-large' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(1500 * 1024 ** 2);
  });

  test('that takes too long is ended, and the next one is read', async () => {
    const pdf = createPdfText({ clock: { sleep: () => Promise.resolve() } });
    const signal = new AbortController().signal;
    const late = pdf.read(async () => Uint8Array.from(bomb(64)), ALL, signal);
    expect(await late).toEqual({ kind: 'unreadable', why: 'too-slow' });
    expect(await read(pdfOf([['fine']]))).toMatchObject({ kind: 'pages' });
  });

  test('is read while others wait, whose files are not loaded yet; an abort ends their waiting', async () => {
    const pdf = createPdfText({ clock: systemClock });
    const loaded: string[] = [];
    const load = (name: string) => async () => {
      loaded.push(name);
      return Uint8Array.from(pdfOf([[name]]));
    };
    const abort = new AbortController();
    const first = pdf.read(load('first'), ALL, new AbortController().signal);
    const second = pdf.read(load('second'), ALL, abort.signal).catch((thrown: unknown) => thrown);
    await new Promise((resolve) => setImmediate(resolve));
    expect(loaded).toEqual(['first']);
    abort.abort();
    expect(isAbort(await second)).toBe(true);
    expect(await first).toMatchObject({ pages: [{ text: 'first' }] });
    expect(loaded).toEqual(['first']);
  });

  test('an abort ends its thread', async () => {
    const abort = new AbortController();
    const reading = read(bomb(1024), {}, {}, abort.signal).catch((thrown: unknown) => thrown);
    setImmediate(() => abort.abort());
    expect(isAbort(await reading)).toBe(true);
  });
});
