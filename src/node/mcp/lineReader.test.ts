import { expect, test } from 'vitest';
import { createLineReader } from './lineReader.ts';

function linesOf(chunks: readonly (string | Buffer)[], maxBytes = 10): readonly (string | null)[] {
  const lines: (string | null)[] = [];
  const read = createLineReader(maxBytes, (line) => lines.push(line));
  for (const chunk of chunks) read(Buffer.from(chunk));
  return lines;
}

test.each([
  { name: 'whole lines', chunks: ['a\nb\r\n\n'], lines: ['a', 'b'] },
  { name: 'a line in parts', chunks: ['a', 'b', '\nc'], lines: ['ab'] },
  { name: 'a character in parts', chunks: [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], lines: ['ä'] },
  { name: 'a line as long as may be', chunks: ['0123456789\n'], lines: ['0123456789'] },
  {
    name: 'a line that is too long, and nothing after it',
    chunks: ['ok\n', '01234', '567890', '\nmore\n'],
    lines: ['ok', null],
  },
])('$name', ({ chunks, lines }) => expect(linesOf(chunks)).toEqual(lines));
