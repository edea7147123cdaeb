import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort, throwIfAborted } from '../../base/abort.ts';
import { headline } from '../../base/text.ts';
import type { ApplySource, Forecast, Merged, MergeOutcome, MergeRefusal } from '../../workflow/apply/outcome.ts';
import { overlapsOf, type Overlap, type TreeWrite } from '../../workflow/apply/overlap.ts';
import { expectOk, lastWords, NO_GIT, type Git } from '../git.ts';
import { commitTree, compare, treeOf } from '../gitCommits.ts';
import { branchState } from '../gitLease.ts';
import { createMergeRepository } from '../gitMerge.ts';
import { locate, type GitPlace } from '../gitPlace.ts';
import { checkoutLock, type ApplyDeps, type RunPlace } from './applyDeps.ts';
import { noteDecision } from './decisionLog.ts';
import { onDisk } from './onDisk.ts';
import { headOf, pathsWithin, type Unsaved } from './prepare.ts';
import { mergeTrees, writesBetween } from './trees.ts';

export interface MergeRequest {
  readonly run: RunPlace;
  readonly cwd: string;
  readonly source: ApplySource;
  /** Another branch than the one that is checked out in `cwd`. */
  readonly into?: string;
  readonly unsaved?: Unsaved;
}

/** What a merge would do; the commit that it makes for that is on no branch. */
export async function forecastMerge(
  deps: ApplyDeps,
  request: MergeRequest,
  signal: AbortSignal,
): Promise<Forecast | MergeRefusal> {
  return located(deps, request, signal, async (place) => {
    const prepared = await prepareMerge(deps.git, place, request, signal);
    if (prepared.kind !== 'prepared') return prepared;
    const { files, branch, from } = prepared;
    return { kind: 'possible', files, checkout: place.root, branch, head: from };
  });
}

/**
 * Merges a change into a branch of the person's, as a commit. A branch that is checked out here moves with its files, by
 * git's own rules for a fast-forward; one that is checked out nowhere moves alone; one that another worktree has is left.
 * An abort counts until something is written; from then on it goes to its end.
 */
export async function mergeChanges(deps: ApplyDeps, request: MergeRequest, signal: AbortSignal): Promise<MergeOutcome> {
  const { git, locks } = deps;
  const { run, source } = request;
  return located(deps, request, signal, (place) =>
    locks.within(checkoutLock(place.gitDir), signal, async () => {
      const prepared = await prepareMerge(git, place, request, signal);
      if (prepared.kind !== 'prepared') return prepared;
      const { atHead, branch, from, commit, fastForward, files } = prepared;
      const failed = atHead
        ? await fastForwardTo(git, place.root, commit, signal)
        : await moveAlone(git, place.root, { branch, to: commit, from }, signal);
      if (failed !== null) return { kind: 'failed', message: failed };
      await noteDecision(locks, run.dir, { type: 'merged', change: source.change, branch, commit });
      return { kind: 'merged', branch, from, commit, fastForward, files };
    }),
  );
}

/** What git could not do is said, not thrown. */
async function located<T>(
  { git }: ApplyDeps,
  { cwd }: MergeRequest,
  signal: AbortSignal,
  body: (place: GitPlace) => Promise<T>,
): Promise<T | { readonly kind: 'failed'; readonly message: string }> {
  try {
    const found = await locate(git, cwd, signal);
    return found.kind === 'located' ? await body(found.place) : { kind: 'failed', message: found.message };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

interface PreparedMerge extends Omit<Merged, 'kind'> {
  readonly kind: 'prepared';
  /** The branch is the one that is checked out here. */
  readonly atHead: boolean;
}

async function prepareMerge(
  git: Git,
  place: GitPlace,
  { source, into, unsaved = [] }: MergeRequest,
  signal: AbortSignal,
): Promise<PreparedMerge | MergeRefusal> {
  const here = await headOf(git, place.root, signal);
  if (here.kind === 'failed') return here;
  const branch = into ?? here.branch;
  if (branch === null) {
    return { kind: 'failed', message: `${place.root} is on no branch (HEAD is detached). Switch to one, then merge.` };
  }
  const atHead = branch === here.branch;
  const state = await branchState(git, { cwd: place.root }, `refs/heads/${branch}`, signal);
  if (state === null) return { kind: 'failed', message: `There is no branch ${branch}.` };
  if (!atHead && state.checkedOutAt !== '') return { kind: 'elsewhere', branch, path: state.checkedOutAt };
  const busy = atHead ? await underWay(place) : null;
  if (busy !== null) return { kind: 'failed', message: `A ${busy} is under way in ${place.root}. End it first.` };

  const from = state.commit;
  const made = await mergeCommit(git, place, { from, source, branch }, signal);
  if (made.kind !== 'made') return made;
  const { commit, fastForward } = made;
  const { files } = await compare(git, { cwd: place.root }, from, commit, signal);
  if (atHead) {
    const writes = await writesBetween(git, place.root, from, commit, signal);
    const overlaps = await overlapsHere(git, place, writes, await pathsWithin(place.root, unsaved), signal);
    if (overlaps.length > 0) return { kind: 'overlap', overlaps };
  }
  return { kind: 'prepared', atHead, branch, from, commit, fastForward, files };
}

type Made =
  | { readonly kind: 'made'; readonly commit: string; readonly fastForward: boolean }
  | Extract<MergeRefusal, { readonly kind: 'nothing' | 'conflict' | 'failed' }>;

/** The commit that the branch is going to stand on; on no branch yet. */
async function mergeCommit(
  git: Git,
  place: GitPlace,
  { from, source, branch }: { readonly from: string; readonly source: ApplySource; readonly branch: string },
  signal: AbortSignal,
): Promise<Made> {
  const { base, commit, label, runId, onSnapshot } = source;
  const cwd = place.root;
  if (await isAncestor(git, cwd, commit, from, signal)) return { kind: 'nothing' };
  if (!onSnapshot && (await isAncestor(git, cwd, from, commit, signal)))
    return { kind: 'made', commit, fastForward: true };
  const ours = await treeOf(git, { cwd }, from, signal);
  // A history with the snapshot in it would have the person's uncommitted files in it: then the change comes alone.
  const merged = onSnapshot
    ? await mergeTrees(git, place, { base, ours, theirs: commit }, signal)
    : await createMergeRepository(git).merge(cwd, from, commit);
  // What ends us in a terminal ends git as well, which is no failure of the merge.
  throwIfAborted(signal);
  if (merged.kind === 'conflict') return { kind: 'conflict', paths: merged.paths };
  if (merged.kind === 'failed') return merged;
  // A branch that has taken the same content in another way needs no commit that changes nothing.
  if (merged.tree === ours) return { kind: 'nothing' };
  const what = source.change === null ? `what workflow run ${runId} landed` : `${headline(label, 50)} of run ${runId}`;
  const message = `Merge ${what} into ${branch}\n\nWorkflow-Run: ${runId}`;
  const parents = onSnapshot ? [from] : [from, commit];
  const made = await commitTree(git, { cwd }, { tree: merged.tree, parents, message }, signal);
  return { kind: 'made', commit: made, fastForward: false };
}

async function isAncestor(git: Git, cwd: string, older: string, newer: string, signal: AbortSignal): Promise<boolean> {
  const told = await git({ cwd, args: ['merge-base', '--is-ancestor'], revisions: [older, newer] }, signal);
  if (told.kind === 'failed' && told.exitCode === 1) return false;
  expectOk(told, 'comparing histories');
  return true;
}

async function overlapsHere(
  git: Git,
  place: GitPlace,
  writes: readonly TreeWrite[],
  unsaved: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly Overlap[]> {
  const overlaps = overlapsOf(writes, await onDisk(git, place, writes, signal), unsaved);
  const args = ['diff-index', '--cached', '--name-only', '-z', '--no-renames', 'HEAD'];
  const staged = new Set(expectOk(await git({ cwd: place.root, args }, signal), 'reading the index').split('\0'));
  const known = new Set(overlaps.map(({ path }) => path));
  const more = writes.filter(({ path }) => staged.has(path) && !known.has(path));
  return [...overlaps, ...more.map(({ path }): Overlap => ({ path, why: 'staged' }))];
}

/** Files, index and branch in git's own way, which looks once more before it writes; null when it is done. */
async function fastForwardTo(git: Git, cwd: string, commit: string, signal: AbortSignal): Promise<string | null> {
  const args = ['merge', '--ff-only', '--no-autostash', '--no-overwrite-ignore', '--no-verify-signatures', '-q'];
  const merged = await git({ cwd, args, revisions: [commit], toItsEnd: true }, signal);
  if (merged.kind === 'ok') return null;
  return merged.kind === 'no-git' ? NO_GIT : `Git did not merge: ${lastWords(merged.stderr)}`;
}

async function moveAlone(
  git: Git,
  cwd: string,
  { branch, to, from }: { readonly branch: string; readonly to: string; readonly from: string },
  signal: AbortSignal,
): Promise<string | null> {
  throwIfAborted(signal);
  const toItsEnd: Git = (call) => git({ ...call, toItsEnd: true });
  const moved = await createMergeRepository(toItsEnd).moveBranch(cwd, branch, to, from);
  if (moved.kind === 'moved') return null;
  return moved.kind === 'failed' ? moved.message : `Somebody else moved ${branch} meanwhile; try again.`;
}

const UNDER_WAY: readonly (readonly [file: string, what: string])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
];

async function underWay({ gitDir }: GitPlace): Promise<string | null> {
  for (const [file, what] of UNDER_WAY) {
    const there = await access(join(gitDir, file)).then(
      () => true,
      () => false,
    );
    if (there) return what;
  }
  return null;
}
