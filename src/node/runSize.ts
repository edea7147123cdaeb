import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a run's files, or of any folder; links are not followed, and what vanishes meanwhile does not count. */
export async function sizeOfFolder(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return sizeOfFolder(path);
      return (await lstat(path).catch(() => null))?.size ?? 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
