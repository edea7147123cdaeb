import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { createFileLocks, thisProcess } from './fileLock.ts';

let dir = '';
let path = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dwf-lock-'));
  path = join(dir, 'lock');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Counts how many are in the section at once. */
function section() {
  const seen = { now: 0, most: 0, runs: 0 };
  const body = async () => {
    seen.now++;
    seen.runs++;
    seen.most = Math.max(seen.most, seen.now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    seen.now--;
  };
  return { seen, body };
}

test('one at a time, of one holder and of many', async () => {
  const [one, two] = [createFileLocks(), createFileLocks()];
  const { seen, body } = section();
  await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).within(path, undefined, body)));
  expect(seen).toEqual({ now: 0, most: 1, runs: 20 });
  expect(await readdir(dir)).toEqual([]);
});

test('a body that throws gives the lock back', async () => {
  const locks = createFileLocks();
  await expect(locks.within(path, undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await locks.within(path, undefined, async () => 1)).toBe(1);
});

const self = thisProcess();
test.each([
  { name: 'a process that is gone', text: JSON.stringify({ ...self, pid: 2 ** 22 + 1 }), age: 0, free: true },
  {
    name: 'an earlier process of the same number',
    text: JSON.stringify({ ...self, started: '1' }),
    age: 0,
    free: true,
  },
  { name: 'a process that lives', text: JSON.stringify(self), age: 3_600, free: false },
  { name: 'another machine, a moment ago', text: JSON.stringify({ ...self, host: 'elsewhere' }), age: 0, free: false },
  { name: 'another machine, long ago', text: JSON.stringify({ ...self, host: 'elsewhere' }), age: 3_600, free: true },
  { name: 'one who is writing it', text: '', age: 0, free: false },
  { name: 'one who died while writing it', text: '', age: 3_600, free: true },
])('a lock of $name', async ({ text, age, free }) => {
  await writeFile(path, text);
  const then = Date.now() / 1_000 - age;
  await utimes(path, then, then);
  const aborting = new AbortController();
  const { seen, body } = section();
  const entering = Promise.all([1, 2, 3].map(() => createFileLocks().within(path, aborting.signal, body)));
  if (free) {
    await entering;
    expect(seen).toEqual({ now: 0, most: 1, runs: 3 });
    expect(await readdir(dir)).toEqual([]);
    return;
  }
  const timer = setTimeout(() => aborting.abort(), 100);
  await expect(entering).rejects.toBeInstanceOf(AbortError);
  clearTimeout(timer);
  expect(seen.runs).toBe(0);
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('who stops waiting leaves the queue at once, and nobody behind passes those in front', async () => {
  const locks = createFileLocks();
  const log: string[] = [];
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const first = locks.within(path, undefined, async () => {
    await opened;
    log.push('first');
  });
  const leaving = new AbortController();
  const second = locks.within(path, leaving.signal, async () => void log.push('second'));
  const third = locks.within(path, undefined, async () => void log.push('third'));
  const left = expect(second).rejects.toBeInstanceOf(AbortError);
  leaving.abort();
  await left;
  expect(log).toEqual([]);
  open();
  await Promise.all([first, third]);
  expect(log).toEqual(['first', 'third']);
  expect(await readdir(dir)).toEqual([]);
});
