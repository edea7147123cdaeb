import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../errno.ts';
import { isInside } from '../platformShell.ts';

/**
 * Where `path` of a worktree is to be written: null when something is there already, or when a link that was committed
 * leads the way there out of it. Folders on the way are made. `root` is absolute, symlinks resolved.
 */
export async function safeTarget(root: string, path: string): Promise<string | null> {
  const target = join(root, path);
  if (!isInside(root, target) || (await isThere(target))) return null;
  const parts = dirname(path).split('/');
  let folder = root;
  for (const part of parts) {
    if (part === '.' || part === '') continue;
    const next = join(folder, part);
    if (!(await isThere(next))) await mkdir(next);
    folder = await realpath(next).catch(() => '');
    if (folder === '' || !isInside(root, folder)) return null;
  }
  // By way of a link to another folder in it, something may be there after all.
  const real = join(folder, target.slice(dirname(target).length + 1));
  return (await isThere(real)) ? null : real;
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}
