import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutputFile } from './outputFile.ts';

let dir = '';
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'dwf-output-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

test.each([
  { name: 'all that fits', maxBytes: 100, kept: 'one two three' },
  {
    name: 'up to its limit, and says so',
    maxBytes: 5,
    kept: 'one t\n[… the file is full: the rest of the output was not kept …]\n',
  },
])('X10 a file of output keeps $name', async ({ maxBytes, kept }) => {
  const path = join(dir, 'deep', 'output.txt');
  const file = openOutputFile(path, maxBytes);
  const pipe = Readable.from(['one ', 'two ', 'three'].map((text) => Buffer.from(text)));
  file.record(pipe);
  await finished(pipe);
  await file.close();
  expect(await readFile(path, 'utf8')).toBe(kept);
});
