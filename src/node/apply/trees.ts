import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TreeEntry, TreeWrite } from '../../workflow/apply/overlap.ts';
import type { MergeResult } from '../../workflow/worktrees.ts';
import { expectOk, type Git } from '../git.ts';
import { commitTree, treeOf } from '../gitCommits.ts';
import { createMergeRepository } from '../gitMerge.ts';
import type { GitPlace } from '../gitPlace.ts';

const ABSENT = '000000';

/** What differs between two trees or commits, each path by itself: a rename is a deletion and a new file. */
export async function writesBetween(
  git: Git,
  cwd: string,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<readonly TreeWrite[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--no-relative'];
  return parseRaw(expectOk(await git({ cwd, args, revisions: [from, to] }, signal), 'comparing two commits'));
}

/** `:mode mode oid oid S` NUL path NUL. */
function parseRaw(stdout: string): readonly TreeWrite[] {
  const fields = stdout.split('\0');
  const writes: TreeWrite[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const head = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) /.exec(fields[at] ?? '');
    if (!head) throw new Error('Git compared two commits in words that are not known.');
    const [, modeBefore = '', modeAfter = '', before = '', after = ''] = head;
    writes.push({ path: fields[at + 1] ?? '', before: entry(modeBefore, before), after: entry(modeAfter, after) });
  }
  return writes;
}

const entry = (mode: string, oid: string): TreeEntry | null => (mode === ABSENT ? null : { mode, oid });

/** What a tree has at some paths; null where it has none. */
export async function entriesOf(
  git: Git,
  cwd: string,
  tree: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TreeEntry | null>> {
  const wanted = new Set(paths);
  const entries = new Map<string, TreeEntry | null>(paths.map((path) => [path, null]));
  const args = ['ls-tree', '-r', '-z', '--full-tree'];
  const listed = expectOk(await git({ cwd, args, revisions: [tree] }, signal), 'reading a tree');
  for (const line of listed.split('\0')) {
    const tab = line.indexOf('\t');
    const path = line.slice(tab + 1);
    const [mode = '', , oid = ''] = line.slice(0, tab).split(' ');
    if (tab > 0 && wanted.has(path)) entries.set(path, { mode, oid });
  }
  return entries;
}

/** Lends an index of its own that holds a tree; the person's is not touched. */
export async function withIndexOf<T>(
  git: Git,
  place: GitPlace,
  tree: string,
  body: (call: (args: readonly string[], input?: string) => Promise<string>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-index-'));
  const indexFile = join(folder, 'index');
  const where = { cwd: place.root, gitDir: place.gitDir, workTree: place.root, indexFile };
  const call = async (args: readonly string[], input?: string): Promise<string> =>
    expectOk(
      await git({ ...where, args, ...(input === undefined || input === '' ? {} : { input }) }, signal),
      'preparing files',
    );
  try {
    expectOk(await git({ ...where, args: ['read-tree'], revisions: [tree] }, signal), 'preparing files');
    return await body(call);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tree with other entries at some paths; null removes one. */
export async function treeWith(
  git: Git,
  place: GitPlace,
  tree: string,
  entries: ReadonlyMap<string, TreeEntry | null>,
  signal: AbortSignal,
): Promise<string> {
  if (entries.size === 0) return tree;
  const none = '0'.repeat(tree.length);
  const lines = [...entries].map(([path, to]) => `${to?.mode ?? '0'} ${to?.oid ?? none}\t${path}\0`);
  return withIndexOf(
    git,
    place,
    tree,
    async (call) => {
      await call(['update-index', '-z', '--index-info'], lines.join(''));
      return (await call(['write-tree'])).trim();
    },
    signal,
  );
}

/**
 * A three-way merge of trees over the base that is given, whatever the histories say: what the run started from need not be
 * what git would find (a snapshot of uncommitted work, a change that stands on another one). The commits it needs for that
 * are on no ref, and git collects them.
 */
export async function mergeTrees(
  git: Git,
  { root: cwd }: GitPlace,
  sides: { readonly base: string; readonly ours: string; readonly theirs: string },
  signal: AbortSignal,
): Promise<MergeResult> {
  const make = (tree: string, parents: readonly string[]): Promise<string> =>
    commitTree(git, { cwd }, { tree, parents, message: 'A side of a merge by Dynamic Workflows' }, signal);
  const base = await make(await treeOf(git, { cwd }, sides.base, signal), []);
  const [ours, theirs] = await Promise.all([
    make(sides.ours, [base]),
    make(await treeOf(git, { cwd }, sides.theirs, signal), [base]),
  ]);
  return createMergeRepository(git).merge(cwd, ours, theirs);
}
