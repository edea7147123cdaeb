import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiskGuard } from './diskCap.ts';
import { diskUse } from './diskUse.ts';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'dwf-disk-'))));
afterEach(() => rm(folder, { recursive: true }));

test('W27 there are no more worktrees when too little is free', async () => {
  expect(await createDiskGuard(folder, { minFreeBytes: 1 })()).toBeNull();
  expect(await createDiskGuard(folder, { minFreeBytes: 2 ** 60 })()).toMatch(/^Only .* are free .*dwf runs prune/);
});

test('W27 there are no more worktrees when they take more than they may', async () => {
  await writeFile(join(folder, 'file'), 'x'.repeat(100_000));
  expect(await diskUse(folder)).toBeGreaterThanOrEqual(100_000);
  expect(await createDiskGuard(folder, { minFreeBytes: 1, maxBytes: 10_000_000 })()).toBeNull();
  expect(await createDiskGuard(folder, { minFreeBytes: 1, maxBytes: 50_000 })()).toMatch(/take .*prune/);
});
