import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logged, manifestFor } from '../workflow/runStore.contract.ts';
import { wasCutShortLately } from './cutShort.ts';
import { lastAtWork, summaryOf, type RunSummary } from './runReader.ts';
import { fileRunStore } from './runStore.ts';

const HOUR = 60 * 60 * 1_000;
const NOW = 100_000 * HOUR;

let home = '';
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), 'dwf-cut-'))));
afterEach(() => rm(home, { recursive: true, force: true }));

/** A run whose process has died; hours before now. */
async function crashed({ launched, wrote }: { launched: number; wrote: number | null }): Promise<RunSummary> {
  const manifest = { ...manifestFor('run-1', home), createdAt: NOW - launched * HOUR };
  const run = await fileRunStore(home).create(manifest, 'return 1;');
  run.appendEvents([logged('run-1', 1)]);
  await run.close();
  const log = join(run.dir, 'events.ndjson');
  if (wrote === null) await rm(log);
  else await utimes(log, new Date(NOW - wrote * HOUR), new Date(NOW - wrote * HOUR));
  const summary = await summaryOf(run.dir);
  if (summary === null) throw new Error('no run');
  return summary;
}

test.each([
  { name: 'was launched and wrote within a day', run: { launched: 2, wrote: 1 }, lately: true },
  { name: 'was launched long ago and wrote within a day', run: { launched: 25, wrote: 0.1 }, lately: true },
  { name: 'wrote last more than a day ago', run: { launched: 60, wrote: 25 }, lately: false },
  { name: 'has no log, and was launched within a day', run: { launched: 2, wrote: null }, lately: true },
  { name: 'has no log, and was launched long ago', run: { launched: 25, wrote: null }, lately: false },
])('a run that crashed and $name', async ({ run, lately }) => {
  const summary = await crashed(run);
  expect(summary).toMatchObject({ status: 'interrupted', endedAt: null });
  expect(await wasCutShortLately(summary, NOW)).toBe(lately);
});

test.each([
  { name: 'the window closed', end: { status: 'stopped', stopReason: 'closed' }, hours: 2, lately: true },
  { name: 'the window closed long ago', end: { status: 'stopped', stopReason: 'closed' }, hours: 25, lately: false },
  { name: 'a person stopped it', end: { status: 'stopped', stopReason: 'person' }, hours: 2, lately: false },
  { name: 'it completed', end: { status: 'completed', stopReason: null }, hours: 2, lately: false },
] as const)('a run that ended because $name counts from its end', async ({ end, hours, lately }) => {
  const summary = { ...(await crashed({ launched: 90, wrote: 0 })), ...end, endedAt: NOW - hours * HOUR };
  expect(await lastAtWork(summary)).toBe(summary.endedAt);
  expect(await wasCutShortLately(summary, NOW)).toBe(lately);
});
