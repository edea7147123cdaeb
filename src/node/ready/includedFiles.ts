import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInside } from '../platformShell.ts';
import { INCLUDE_FILE } from './checkoutSurvey.ts';
import { safeTarget } from './safeTarget.ts';

/** Each worktree gets a copy: more than this is no configuration. */
const MAX_BYTES = 100 * 1024 * 1024;
const MAX_FILES = 2_000;

interface IncludedFile {
  readonly path: string;
  readonly from: string;
}

/**
 * Copies the ignored files that `.worktreeinclude` names from the checkout into a worktree. Links are not followed, nor
 * copied. Gives what a person should know; throws when it is too much.
 */
export async function copyIncluded(
  { checkout, worktree }: { readonly checkout: string; readonly worktree: string },
  paths: readonly string[],
): Promise<readonly string[]> {
  const notes: string[] = [];
  const files: IncludedFile[] = [];
  let bytes = 0;
  for (const path of paths) {
    const from = join(checkout, path);
    const info = await ownFile(checkout, from);
    if (info === 'gone') continue;
    if (info === 'no file') {
      notes.push(`${INCLUDE_FILE} names ${path}, which is a link or no plain file: worktrees do without it.`);
      continue;
    }
    bytes += info.size;
    files.push({ path, from });
    if (bytes > MAX_BYTES || files.length > MAX_FILES) throw new Error(tooMuch());
  }
  for (const { path, from } of files) {
    const target = await safeTarget(worktree, path);
    if (target !== null) await copyFile(from, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  return notes;
}

function tooMuch(): string {
  return `${INCLUDE_FILE} names more than ${MAX_BYTES / 1024 / 1024} MB or ${MAX_FILES} files, and each worktree gets a copy. Name fewer; folders of dependencies belong into the setting dynamicWorkflows.worktree.dependencyFolders.`;
}

/** A plain file, to which no link leads out of the checkout. */
async function ownFile(checkout: string, path: string): Promise<Stats | 'gone' | 'no file'> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return 'gone';
  const folder = await realpath(dirname(path)).catch(() => '');
  return info.isFile() && isInside(checkout, folder) ? info : 'no file';
}
