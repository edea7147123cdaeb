import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunTail } from './runTail.ts';

let dir = '';
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'dwf-tail-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const line = (seq: number, message = 'é'): string =>
  `${JSON.stringify({ seq, at: 1, runId: 'r', type: 'logged', level: 'info', message })}\n`;
const seqs = async (tail: RunTail): Promise<readonly number[]> => (await tail.read()).map(({ seq }) => seq);

test('W41 a log is read as it grows; a line that is being written waits for its end', async () => {
  const file = join(dir, 'events.ndjson');
  const tail = new RunTail(dir);
  expect(await seqs(tail)).toEqual([]);
  writeFileSync(file, line(1) + line(2));
  expect(await seqs(tail)).toEqual([1, 2]);
  expect(await seqs(tail)).toEqual([]);
  const third = Buffer.from(line(3));
  // In the middle of a character of two bytes.
  const middle = third.indexOf(0xc3) + 1;
  appendFileSync(file, third.subarray(0, middle));
  expect(await seqs(tail)).toEqual([]);
  appendFileSync(file, third.subarray(middle));
  appendFileSync(file, line(4));
  expect(await seqs(tail)).toEqual([3, 4]);
});

test('a damaged line is named, not skipped', async () => {
  writeFileSync(join(dir, 'events.ndjson'), `${line(1)}{"seq":\n${line(3)}`);
  await expect(new RunTail(dir).read()).rejects.toThrow('line 2');
});
