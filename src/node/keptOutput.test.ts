import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeptOutput } from './keptOutput.ts';

function keep(maxChars: number, chunks: readonly (string | Buffer)[]): string {
  const output = createKeptOutput(maxChars);
  const writer = output.writer();
  for (const chunk of chunks) writer.write(Buffer.from(chunk));
  writer.end();
  return output.text();
}

test.each([
  { name: 'nothing', max: 100, chunks: [], text: '' },
  { name: 'all that fits', max: 5, chunks: ['ab', 'cde'], text: 'abcde' },
  {
    name: 'a character over two chunks',
    max: 9,
    chunks: [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)],
    text: 'é',
  },
  { name: 'bytes that are no text', max: 9, chunks: [Buffer.from([0x61, 0xff, 0x62])], text: 'a\ufffdb' },
  { name: 'a character cut off at the end', max: 9, chunks: [Buffer.from('é').subarray(0, 1)], text: '\ufffd' },
  { name: 'only the beginning when there is no room for a note', max: 3, chunks: ['abcdef'], text: 'abc' },
])('keeps $name', ({ max, chunks, text }) => expect(keep(max, chunks)).toBe(text));

test('keeps the beginning and the end, and says how much is left out', () => {
  const text = keep(264, ['start', 'x'.repeat(10_000), 'end']);
  expect(text).toMatch(/^startx+\n\[… 9808 characters left out …\]\nx+end$/);
});

test('is never longer than asked, and never cuts a character in two', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 300 })),
      fc.integer({ min: 65, max: 400 }),
      (chunks, max) => {
        const whole = chunks.join('');
        const text = keep(max, chunks);
        expect(text.length).toBeLessThanOrEqual(max);
        expect(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)).toBe(false);
        if (whole.length <= max) expect(text).toBe(whole);
      },
    ),
  );
});
