import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from '../errno.ts';
import type { GitPlace } from '../gitPlace.ts';
import { removeFolder } from '../removeFolder.ts';

// Git's own records of a worktree, written by hand: with `git worktree add` alone a worktree costs more than all the
// rest of it (gitrepository-layout(5) says what each file is).

export interface AdminRecords {
  readonly path: string;
  readonly base: string;
  /** For `locked`: git and a person's `git worktree prune` leave alone what has it. */
  readonly reason: string;
}

/**
 * Whether a worktree of this checkout needs more than these files: its own configuration, the patterns of a sparse
 * checkout, or refs in another format. Git makes those.
 */
export async function needsGitForRecords({ gitDir, commonDir }: GitPlace): Promise<boolean> {
  const special = [join(gitDir, 'config.worktree'), join(gitDir, 'info/sparse-checkout'), join(commonDir, 'reftable')];
  const found = await Promise.all(special.map((path) => lstat(path).catch(() => null)));
  return found.some((info) => info !== null);
}

/**
 * Writes them with `more`, what else shall be there from the start, and gives their folder. It appears with all in it:
 * nobody who lists worktrees sees half of one.
 */
export async function writeAdminFolder(
  commonDir: string,
  { path, base, reason }: AdminRecords,
  more: (folder: string) => Promise<void>,
): Promise<string> {
  const fresh = join(commonDir, `dynamic-workflows-new-${randomBytes(4).toString('hex')}`);
  await mkdir(fresh);
  try {
    // At once: to hand so little to another thread takes several times what the system does with it.
    writeFileSync(join(fresh, 'locked'), reason);
    writeFileSync(join(fresh, 'HEAD'), `${base}\n`);
    writeFileSync(join(fresh, 'commondir'), '../..\n');
    writeFileSync(join(fresh, 'gitdir'), `${join(path, '.git')}\n`);
    await more(fresh);
    return await moveInto(join(commonDir, 'worktrees'), fresh, basename(path));
  } catch (error) {
    await removeFolder(fresh);
    throw error;
  }
}

/** Under the worktree's name, with a number where another has it already: as git does. */
async function moveInto(folder: string, fresh: string, name: string): Promise<string> {
  for (let number = 0; ;) {
    const made = join(folder, number === 0 ? name : `${name}${number}`);
    try {
      await rename(fresh, made);
      return made;
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') number += 1;
      // Git removes the folder of all records with the last of them.
      else if (code === 'ENOENT' && (await lstat(folder).catch(() => null)) === null) await mkdir(folder);
      else throw error;
    }
  }
}
