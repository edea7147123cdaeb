import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf } from '../controlClient.ts';
import { makeFolder } from '../runFiles.ts';
import { claimRun, type Claim } from '../runLock.ts';

/** Where the serving process of a home has its lock and its record. */
export function serveFolder(home: string): string {
  return join(home, 'serve');
}

/** The right to serve in this home: one process at a time has it. */
export async function claimServe(home: string): Promise<Claim> {
  const folder = serveFolder(home);
  await makeFolder(folder);
  const claim = await claimRun(folder);
  if (claim.kind === 'claimed') await forgetEarlier(folder);
  return claim;
}

/** Pid of the process that serves in this home; null: none does. */
export async function servingPid(home: string): Promise<number | null> {
  const owner = await ownerOf(serveFolder(home));
  return owner.kind === 'held' ? owner.pid : null;
}

/** The highest number alone says who has it; a process that is begun every day would leave thousands. */
async function forgetEarlier(folder: string): Promise<void> {
  const numbers = (await readdir(folder)).flatMap((name) => /^owner\.(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  const last = Math.max(...numbers);
  await Promise.all(
    numbers.filter((one) => one < last).map((one) => rm(join(folder, `owner.${one}.json`), { force: true })),
  );
}

/** How long agents may take to come to an end. */
const END_MS = 60_000;

/** False: it takes longer than a minute. */
export async function untilNobodyServes(home: string): Promise<boolean> {
  const giveUpAt = Date.now() + END_MS;
  while ((await servingPid(home)) !== null) {
    if (Date.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
