import { count } from '../base/text.ts';
import type { BaseCommit } from '../protocol/run.ts';

/** `main at 1a2b3c4d`; of a snapshot the commit that the checkout stood on, and what is in it besides. */
export function baseText({ commit, branch, dirtyFiles, snapshot, head }: BaseCommit): string {
  const at = (head ?? commit).slice(0, 8);
  const where = branch === undefined ? `detached at ${at}` : `${branch} at ${at}`;
  return snapshot ? `${where} with ${count(dirtyFiles, 'uncommitted file')}` : where;
}

/** `3 uncommitted files are not part of this run`; null when there are none, or they are part of it. */
export function leftOutText({ dirtyFiles, snapshot }: BaseCommit): string | null {
  if (dirtyFiles === 0 || snapshot) return null;
  return `${count(dirtyFiles, 'uncommitted file')} ${dirtyFiles === 1 ? 'is' : 'are'} not part of this run`;
}

/** For whoever takes over what a run has made: what of it is not the run's; null: all of it is. */
export function snapshotText(base: BaseCommit | null): string | null {
  if (!base?.snapshot) return null;
  const files = count(base.dirtyFiles, 'file');
  return `commit ${base.commit.slice(0, 8)} below these changes holds the ${files} that you had not committed when the run began; a merge brings that commit too`;
}

/** What is said before a run begins. */
export function setupText(command: string): string {
  return `Setup of each worktree: ${command}`;
}
