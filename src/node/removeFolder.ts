import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mountsNow } from './worktrees/mounts.ts';

/**
 * Removes a folder with all in it, write-protected folders too. Follows no symlink, and goes through no mount: one with
 * something mounted in it stays whole. Throws when something stays.
 */
export async function removeFolder(path: string): Promise<void> {
  const mount = await mountIn(path);
  if (mount !== null) throw new Error(`${path} stays: something is mounted at ${mount}. Unmount it first.`);
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  } catch {
    await makeWritable(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }
}

/** What lies behind a mount is not a part of the folder: an agent that is root can mount a folder of the person's. */
export async function mountIn(folder: string): Promise<string | null> {
  const mounts = await mountsNow();
  return mounts.find(({ at }) => at === folder || at.startsWith(`${folder}/`))?.at ?? null;
}

async function makeWritable(path: string): Promise<void> {
  if (!(await lstat(path).catch(() => null))?.isDirectory()) return;
  await chmod(path, 0o700).catch(() => undefined);
  for (const name of await readdir(path).catch(() => [])) await makeWritable(join(path, name));
}
