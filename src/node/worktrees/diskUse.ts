import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that a folder takes on its disk. What is mounted in it takes nothing there, links are not followed. */
export async function diskUse(folder: string): Promise<number> {
  const info = await lstat(folder).catch(() => null);
  return info?.isDirectory() === true ? below(folder, info.dev) : 0;
}

async function below(folder: string, device: number): Promise<number> {
  let sum = 0;
  // One after another: a hundred thousand files would be a hundred thousand promises.
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    const info = await lstat(path).catch(() => null);
    if (info === null || info.dev !== device) continue;
    sum += process.platform === 'win32' ? info.size : info.blocks * 512;
    if (entry.isDirectory()) sum += await below(path, device);
  }
  return sum;
}

/** What a person without special rights may still write on the disk of a folder; null where that cannot be told. */
export async function freeBytes(folder: string): Promise<number | null> {
  const stats = await statfs(folder).catch(() => null);
  return stats === null ? null : stats.bavail * stats.bsize;
}
