import { copyFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unmarkedIndex } from '../gitLease.ts';

/** Keeps the index as it is now. Git replaces one and never writes into it, so a second name keeps today's content. */
export async function saveIndex(adminDir: string): Promise<void> {
  const [index, saved] = [join(adminDir, 'index'), unmarkedIndex(adminDir)];
  await rm(saved, { force: true });
  await link(index, saved).catch(() => copyFile(index, saved));
}
