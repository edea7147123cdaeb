import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './errno.ts';

// What was brought into a worktree beside its commit (dependencies, ignored files) is no work of an agent. Its paths
// stand where the agent does not write, so that no commit has them, also after a crash, and whatever it did with git.

const listIn = (adminDir: string): string => join(adminDir, 'dynamic-workflows-brought');

/** Paths with slashes, from the worktree's top. */
export async function broughtPaths(adminDir: string): Promise<readonly string[]> {
  const text = await readFile(listIn(adminDir), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  return text.split('\0').filter((path) => path !== '');
}

/** In the place of what was noted before, and before the first of them is there: a crash in between must not make one of them look like work. */
export async function noteBrought(adminDir: string, paths: readonly string[]): Promise<void> {
  const temporary = `${listIn(adminDir)}.new`;
  await writeFile(temporary, paths.map((path) => `${path}\0`).join(''), { mode: 0o600 });
  await rename(temporary, listIn(adminDir));
}
