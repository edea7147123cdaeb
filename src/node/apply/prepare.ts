import { relative, sep } from 'node:path';
import { realpath } from 'node:fs/promises';
import { isCommitId } from '../../base/commitId.ts';
import type { ChangedFile } from '../../protocol/change.ts';
import type { ApplyRefusal, ApplySource } from '../../workflow/apply/outcome.ts';
import { overlapsOf, ownSide, type TreeWrite } from '../../workflow/apply/overlap.ts';
import { lastWords, NO_GIT, type Git } from '../git.ts';
import { compare, treeOf } from '../gitCommits.ts';
import { locate, type GitPlace } from '../gitPlace.ts';
import { entriesOf, mergeTrees, treeWith, writesBetween } from './trees.ts';
import { isTreePath, onDisk } from './onDisk.ts';

/** What an apply is going to write, everything checked: nothing of the person's lies where it writes. */
export interface Prepared {
  readonly kind: 'prepared';
  readonly place: GitPlace;
  readonly head: string;
  /** Null: HEAD is detached. */
  readonly branch: string | null;
  /** What the checkout looks like afterwards, as far as git has it. */
  readonly tree: string;
  readonly writes: readonly TreeWrite[];
  readonly files: readonly ChangedFile[];
}

/** Editors with changes that are not on the disk, as absolute paths. */
export type Unsaved = readonly string[];

/** A three-way merge of `base..commit` onto the checkout that `cwd` is in; touches nothing. Rejects on abort only. */
export async function prepareApply(
  git: Git,
  { cwd, source, unsaved }: { readonly cwd: string; readonly source: ApplySource; readonly unsaved: Unsaved },
  signal: AbortSignal,
): Promise<Prepared | ApplyRefusal> {
  const located = await locate(git, cwd, signal);
  if (located.kind !== 'located') return { kind: 'failed', message: located.message };
  const { place } = located;
  const at = { cwd: place.root };
  const standing = await headOf(git, place.root, signal);
  if (standing.kind === 'failed') return standing;
  const { head, branch } = standing;
  const missing = await missingCommit(git, place.root, [source.base, source.commit], signal);
  if (missing !== null) return { kind: 'failed', message: missing };

  const changed = await writesBetween(git, place.root, source.base, source.commit, signal);
  const bad = changed.find(({ path }) => !isTreePath(path));
  if (bad) return { kind: 'failed', message: `${JSON.stringify(bad.path)} is no path that a checkout can have.` };
  const headTree = await treeOf(git, at, head, signal);
  const paths = changed.map(({ path }) => path);
  const headEntries = await entriesOf(git, place.root, headTree, paths, signal);
  const first = await onDisk(git, place, withEntries(paths, headEntries), signal);
  const ours = await treeWith(git, place, headTree, ownSide(changed, headEntries, first), signal);
  const merged = await mergeTrees(git, place, { base: source.base, ours, theirs: source.commit }, signal);
  if (merged.kind === 'conflict') return { kind: 'conflict', paths: merged.paths };
  if (merged.kind === 'failed') return merged;

  // The merge may write other paths than the change did: what it changed may have been renamed since.
  const writes = await writesBetween(git, place.root, ours, merged.tree, signal);
  if (writes.length === 0) return { kind: 'nothing' };
  const overlaps = overlapsOf(writes, await onDisk(git, place, writes, signal), await pathsWithin(place.root, unsaved));
  if (overlaps.length > 0) return { kind: 'overlap', overlaps };
  const { files } = await compare(git, at, ours, merged.tree, signal);
  return { kind: 'prepared', place, head, branch, tree: merged.tree, writes, files };
}

function withEntries(
  paths: readonly string[],
  entries: ReadonlyMap<string, TreeWrite['before']>,
): readonly Pick<TreeWrite, 'path' | 'before'>[] {
  return paths.map((path) => ({ path, before: entries.get(path) ?? null }));
}

type Standing =
  | { readonly kind: 'standing'; readonly head: string; readonly branch: string | null }
  | { readonly kind: 'failed'; readonly message: string };

/** The commit and the branch that a checkout stands on. */
export async function headOf(git: Git, cwd: string, signal: AbortSignal): Promise<Standing> {
  const head = await git({ cwd, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] }, signal);
  if (head.kind === 'no-git') return { kind: 'failed', message: NO_GIT };
  if (head.kind === 'failed') {
    return { kind: 'failed', message: `${cwd} has no commit to start from. Check one out, or commit once.` };
  }
  const branch = await git({ cwd, args: ['symbolic-ref', '--quiet', '--short', 'HEAD'] }, signal);
  const name = branch.kind === 'ok' ? branch.stdout.replace(/\n$/, '') : null;
  return { kind: 'standing', head: head.stdout.trim(), branch: name };
}

async function missingCommit(
  git: Git,
  cwd: string,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  for (const commit of commits) {
    if (!isCommitId(commit)) return `"${commit}" is no commit.`;
    const there = await git({ cwd, args: ['cat-file', '-e'], revisions: [`${commit}^{commit}`] }, signal);
    if (there.kind === 'ok') continue;
    const why = there.kind === 'no-git' ? NO_GIT : lastWords(there.stderr);
    return `${cwd} does not have commit ${commit.slice(0, 9)} (${why}). Is this the repository that the run worked in?`;
  }
  return null;
}

/** Those below `root`, as git names them. */
export async function pathsWithin(root: string, paths: Unsaved): Promise<ReadonlySet<string>> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return new Set(
    real.map((path) => relative(root, path).split(sep).join('/')).filter((path) => !path.startsWith('../')),
  );
}
