import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { count } from '../../base/text.ts';
import type { BaseCommit } from '../../protocol/run.ts';
import type { SnapshotResult } from '../../workflow/worktrees.ts';
import { collectTree } from '../collectTree.ts';
import { isMissing } from '../errno.ts';
import { expectOk, type Git } from '../git.ts';
import { commitTree, type GitWhere } from '../gitCommits.ts';
import { copyIndex } from '../gitLease.ts';
import { snapshotRef } from '../runRefs.ts';
import { locate, type GitPlace } from '../gitPlace.ts';

/**
 * Commits what is not committed in the person's checkout (changed, deleted and untracked files, not the ignored ones) on
 * top of `base`, under a private ref of the run. Works on an index of its own: the person's index, files, branch and
 * stash are as they were. The base itself where there is nothing to commit.
 */
export async function snapshotCheckout(
  git: Git,
  cwd: string,
  { runId, base }: { readonly runId: string; readonly base: BaseCommit },
  signal?: AbortSignal,
): Promise<SnapshotResult> {
  if (base.dirtyFiles === 0) return { kind: 'ready', base };
  const located = await locate(git, cwd, signal);
  if (located.kind !== 'located') return { kind: 'failed', message: located.message };
  const { place } = located;
  const where: GitWhere = { cwd: place.root, gitDir: place.gitDir, workTree: place.root };
  const conflicts = await unmerged(git, where, signal);
  if (conflicts > 0) return { kind: 'failed', message: conflictText(place, conflicts) };
  const tree = await treeOfCheckout(git, where, { place, base: base.commit }, signal);
  if (tree === null) return { kind: 'ready', base };
  const message = `${count(base.dirtyFiles, 'file')} that were not committed when run ${runId} began`;
  const commit = await commitTree(git, where, { tree, parents: [base.commit], message }, signal);
  const input = `create ${snapshotRef(runId)} ${commit}\n`;
  expectOk(await git({ ...where, args: ['update-ref', '--stdin'], input }, signal), 'keeping a snapshot');
  return { kind: 'ready', base: { ...base, commit, snapshot: true, head: base.commit } };
}

/** What lies in the checkout and is not ignored; null when it is what `base` has. */
export async function treeOfCheckout(
  git: Git,
  where: GitWhere,
  { place, base }: { readonly place: GitPlace; readonly base: string },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  // Beside the person's own, since a split index is found from there.
  const index = join(place.gitDir, `dynamic-workflows-snapshot.${randomBytes(4).toString('hex')}`);
  try {
    await copyIndex(join(place.gitDir, 'index'), index).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await writeFile(index, '');
      const call = { ...where, indexFile: index, args: ['read-tree'], revisions: [base] };
      expectOk(await git(call, signal), 'reading a commit');
    });
    return await collectTree(git, where, { index, base, doing: 'collecting what is not committed' }, signal);
  } finally {
    await Promise.all([rm(index, { force: true }), rm(`${index}.lock`, { force: true })]);
  }
}

/** Their markers would be committed as the files' content. */
async function unmerged(git: Git, where: GitWhere, signal: AbortSignal | undefined): Promise<number> {
  const listed = await git({ ...where, args: ['ls-files', '--unmerged', '-z'] }, signal);
  const paths = expectOk(listed, 'looking for conflicts').split('\0');
  return new Set(paths.flatMap((entry) => (entry === '' ? [] : [entry.slice(entry.indexOf('\t') + 1)]))).size;
}

function conflictText({ root }: GitPlace, conflicts: number): string {
  const what = conflicts === 1 ? 'a file with an unresolved conflict' : `${conflicts} files with unresolved conflicts`;
  return `${root} has ${what}, so its uncommitted files cannot be part of a run. Resolve them, or start without those files.`;
}
