import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileLocks } from '../fileLock.ts';
import { createPortRanges, PORTS_EACH } from './portRanges.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dwf-ports-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ranges = () => createPortRanges(folder, createFileLocks());

test('ranges of two owners do not overlap, and one that is given back can be had again', async () => {
  const [one, two] = [ranges(), ranges()];
  const taken = await Promise.all([one.take(), two.take(), one.take(), two.take()]);
  const bases = taken.map((range) => range?.base ?? 0).sort((a, b) => a - b);
  expect(bases.every((base, i) => i === 0 || base - (bases[i - 1] ?? 0) >= PORTS_EACH)).toBe(true);
  for (const range of taken) await range?.release();
  expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toEqual([]);
});

test('a range of a process that has died is free again', async () => {
  const file = join(folder, '20000.json');
  await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, started: 'long ago', host: hostname() }));
  const range = await ranges().take();
  expect(await readdir(folder)).not.toContain(range?.base === 20_000 ? '' : '20000.json');
  await range?.release();
});

test('ports on which somebody listens are passed over', async () => {
  const first = await ranges().take();
  await first?.release();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen((first?.base ?? 0) + 3, '127.0.0.1', () => resolve()));
  try {
    const second = await ranges().take();
    expect(second?.base).not.toBe(first?.base);
    await second?.release();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
