import { randomBytes } from 'node:crypto';
import { copyFile, lstat, readFile, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Commit, CommitRequest } from '../workflow/worktrees.ts';
import { broughtPaths } from './broughtPaths.ts';
import { collectTree } from './collectTree.ts';
import type { Committer } from './commits/committer.ts';
import { commitTree, compare, type GitWhere } from './gitCommits.ts';
import { expectOk, type Git, type GitResult } from './git.ts';
import { isMounted, type Layers } from './worktrees/layers.ts';

/** A worktree of ours, with all that must be known of it before an agent can have touched it. */
export interface OwnWorktree {
  readonly path: string;
  /** Its folder in the repository's git folder, where the agent does not write. */
  readonly adminDir: string;
  readonly commonDir: string;
  readonly runId: string;
  readonly name: string;
  readonly base: string;
  /** Of a worktree that is an overlay: its files are gone as soon as its mount is. */
  readonly layers?: Layers | undefined;
  /** Its folder may serve another agent when this one has given it back. */
  readonly renewable?: boolean;
}

/** The index as it was when the files were just written: what is compared later, whatever an agent did to its own. */
export const savedIndex = (adminDir: string): string => join(adminDir, 'dynamic-workflows-index');

/** The same until the worktree is whole, with what was restored into it. */
export const unmarkedIndex = (adminDir: string): string => `${savedIndex(adminDir)}.new`;

/** There where something of an earlier holder was restored: whoever clears it after a crash has to know. */
const restoredMark = (adminDir: string): string => join(adminDir, 'dynamic-workflows-restored');

/** The folder may have served an earlier holder. */
export async function markRestored(adminDir: string, restored: boolean): Promise<void> {
  await (restored ? writeFile(restoredMark(adminDir), '') : rm(restoredMark(adminDir), { force: true }));
}

export async function wasRestored(adminDir: string): Promise<boolean> {
  return (await lstat(restoredMark(adminDir)).catch(() => null)) !== null;
}

/** Refs of a run: they keep its commits from git's garbage collection until the run is deleted (W44). */
const keptRefs = (runId: string): string => `refs/dynamic-workflows/${runId}`;

/** What was last kept of a holder of its name. */
const rescuedRef = ({ runId, name }: OwnWorktree): string => `${keptRefs(runId)}/rescued/${name}`;

/** Of work that no later holder of its name is given. */
const leftRef = (own: OwnWorktree, commit: string): string => `${rescuedRef(own)}.left-${commit.slice(0, 12)}`;

const whereOf = ({ path, adminDir }: OwnWorktree): GitWhere => ({ cwd: path, gitDir: adminDir, workTree: path });

/**
 * What counts is the tree at the end against the base, in one commit: whatever the agent itself staged, committed or
 * checked out in between. Throws when the branch cannot be made, or when the worktree is no longer the one we made.
 */
export async function commitWorktree(
  git: Git,
  own: OwnWorktree,
  request: CommitRequest,
  signal: AbortSignal,
  committer?: Committer,
): Promise<Commit | null> {
  const { branch } = request;
  const where = whereOf(own);
  const ref = await checkBranch(git, where, branch, signal);
  let tree = await snapshot(git, own, signal);
  if (tree !== null && (await committer?.checkTree(own, tree, signal))) tree = await snapshot(git, own, signal);
  if (tree === null) return null;
  const message = (await committer?.checkMessage(own, request.message, signal)) ?? request.message;
  const previous = await movableBranch(git, where, { ref, branch, runId: own.runId }, signal);
  const parts = { tree, parents: [own.base], message };
  const made: Awaited<ReturnType<Committer['commit']>> = committer
    ? await committer.commit(where, parts, signal)
    : { commit: await commitTree(git, where, parts, signal) };
  const { commit } = made;
  await updateRefs(
    git,
    where,
    [
      `update ${ref} ${commit} ${previous ?? '0'.repeat(commit.length)}`,
      `update ${keptRefs(own.runId)}/${own.name}/${commit} ${commit}`,
    ],
    signal,
  );
  return { ...made, branch, ...(await compare(git, where, own.base, commit, signal)) };
}

export interface Rescue {
  /** It had taken back what was kept of an earlier holder: that is gone with its own work, or part of it. */
  readonly restored: boolean;
  /** No later holder of its name is to be given it. */
  readonly apart: boolean;
}

/** Keeps what was never committed under a ref of the run, and gives that ref; null when there is nothing. */
export async function rescueWorktree(git: Git, own: OwnWorktree, { restored, apart }: Rescue): Promise<string | null> {
  const where = whereOf(own);
  const tree = await snapshot(git, own);
  const ref = rescuedRef(own);
  const old = (await branchState(git, where, ref))?.commit;
  const takenBack = old !== undefined && restored ? [`delete ${ref} ${old}`] : [];
  if (tree === null) {
    if (takenBack.length > 0) await updateRefs(git, where, takenBack);
    return null;
  }
  const message = `Work that ${own.name} of run ${own.runId} had not committed`;
  const commit = await commitTree(git, where, { tree, parents: [own.base], message });
  if (apart) {
    await updateRefs(git, where, [`update ${leftRef(own, commit)} ${commit}`, ...takenBack]);
    return leftRef(own, commit);
  }
  const stays = old !== undefined && !restored ? [`update ${leftRef(own, old)} ${old}`] : [];
  await updateRefs(git, where, [...stays, `update ${ref} ${commit}`]);
  return ref;
}

/** Writes into a fresh worktree what was last kept of an earlier one of its name; false when there is nothing. */
export async function restoreWork(git: Git, own: OwnWorktree, signal: AbortSignal): Promise<boolean> {
  const where = whereOf(own);
  const args = ['for-each-ref', '--sort=-committerdate', '--count=1', '--format=%(objectname)', ...refsOfName(own)];
  const commit = expectOk(await git({ ...where, args }, signal), 'looking for kept work').trim();
  if (commit === '') return false;
  expectOk(
    await git({ ...where, args: ['read-tree', '-m', '-u', 'HEAD'], revisions: [commit] }, signal),
    'restoring the files of a worktree',
  );
  return true;
}

/** Keeps what was kept of earlier holders of its name where no later one is given it. */
export async function putApart(git: Git, own: OwnWorktree, signal: AbortSignal): Promise<void> {
  const where = whereOf(own);
  const args = ['for-each-ref', '--format=%(refname) %(objectname)', ...refsOfName(own)];
  const found = expectOk(await git({ ...where, args }, signal), 'looking for kept work').split('\n');
  const moves = found.flatMap((line) => {
    const [ref, commit] = line.split(' ');
    return ref && commit ? [`update ${leftRef(own, commit)} ${commit}`, `delete ${ref} ${commit}`] : [];
  });
  // One commit may be kept under two names.
  if (moves.length > 0) await updateRefs(git, where, [...new Set(moves)], signal);
}

function refsOfName(own: OwnWorktree): readonly string[] {
  return [rescuedRef(own), `${keptRefs(own.runId)}/${own.name}/`];
}

/** The tree of all that lies in the worktree, is not ignored, and was not brought into it; null when it is the base's. */
async function snapshot(git: Git, own: OwnWorktree, signal?: AbortSignal): Promise<string | null> {
  await checkIntact(own);
  const index = `${savedIndex(own.adminDir)}.${randomBytes(4).toString('hex')}`;
  try {
    await copyIndex(savedIndex(own.adminDir), index);
    const except = await broughtPaths(own.adminDir);
    const doing = 'collecting the changes of a worktree';
    const tree = await collectTree(git, whereOf(own), { index, base: own.base, except, doing }, signal);
    // Had the mount gone meanwhile, all would look deleted.
    await checkIntact(own);
    return tree;
  } finally {
    await Promise.all([rm(index, { force: true }), rm(`${index}.lock`, { force: true })]);
  }
}

/** What differs from the base now: each path with its mode and content. */
export async function worktreeChanges(
  git: Git,
  own: OwnWorktree,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const tree = await snapshot(git, own, signal);
  if (tree === null) return new Map();
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev'];
  const call = { ...whereOf(own), args, revisions: [own.base, tree] };
  const fields = expectOk(await git(call, signal), 'listing changes').split('\0');
  // `:mode mode oid oid S` NUL path NUL.
  const entries = fields.flatMap((path, at): [string, string][] => {
    const [, mode = '', , oid = ''] = fields[at - 1]?.split(' ') ?? [];
    return at % 2 === 1 ? [[path, `${mode} ${oid}`]] : [];
  });
  return new Map(entries);
}

/** With its time: git trusts the sizes and times in an index only for files older than the index itself. */
export async function copyIndex(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const { atime, mtimeMs } = await stat(from);
  await utimes(to, atime, Math.floor(mtimeMs) / 1_000);
}

/** The agent owns everything in the worktree, its `.git` too; ours is only what we found there at the start. */
async function checkIntact({ path, adminDir, commonDir, layers }: OwnWorktree): Promise<void> {
  const problem = await whatIsWrong();
  if (problem !== null) {
    throw new Error(
      `${path} is no longer the worktree that was made there (${problem}), so its changes were not committed.`,
    );
  }

  async function whatIsWrong(): Promise<string | null> {
    if (layers && !(await isMounted(path, layers))) return 'its mount is gone';
    const folder = await lstat(path).catch(() => null);
    if (!folder?.isDirectory() || (await realpath(path)) !== path) return 'the folder is missing or replaced';
    const dotGit = await lstat(join(path, '.git')).catch(() => null);
    if (!dotGit?.isFile() || (await gitFolderNamedIn(join(path, '.git'))) !== adminDir)
      return 'its .git is missing or replaced';
    const back = await readLine(join(adminDir, 'gitdir'));
    if (back === null || resolve(adminDir, back) !== join(path, '.git')) return 'git no longer knows it';
    const common = await readLine(join(adminDir, 'commondir'));
    if (common === null || resolve(adminDir, common) !== commonDir) return 'it points to another repository';
    return null;
  }
}

/** The git folder that a `.git` file names, symlinks resolved. */
export async function gitFolderNamedIn(file: string): Promise<string | null> {
  const named = /^gitdir: (.+)$/s.exec((await readLine(file)) ?? '')?.[1];
  return named === undefined ? null : realpath(resolve(file, '..', named)).catch(() => null);
}

/** A file's text without its last newline: paths may have newlines within. */
export async function readLine(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : text.replace(/\n$/, '');
}

async function checkBranch(git: Git, where: GitWhere, branch: string, signal: AbortSignal): Promise<string> {
  const ref = `refs/heads/${branch}`;
  const result = await git({ ...where, args: ['check-ref-format', ref] }, signal);
  if (result.kind === 'failed' || branch.startsWith('-')) throw new Error(`"${branch}" is no name for a branch.`);
  expectOk(result, 'checking a branch name');
  return ref;
}

/** The commit a branch stands on, or null; throws when it is somebody else's branch, or checked out somewhere. */
async function movableBranch(
  git: Git,
  where: GitWhere,
  { ref, branch, runId }: { ref: string; branch: string; runId: string },
  signal: AbortSignal,
): Promise<string | null> {
  const state = await branchState(git, where, ref, signal);
  if (state === null) return null;
  if (!branch.startsWith(`workflow/${runId}/`))
    throw new Error(`The branch ${branch} exists already and is not this run's.`);
  if (state.checkedOutAt !== '') throw new Error(checkedOut(branch, state.checkedOutAt));
  return state.commit;
}

/** Git keeps a branch that somebody has checked out where it is, since that checkout would look changed. */
export function checkedOut(branch: string, at: string): string {
  return `The branch ${branch} is checked out at ${at}. Switch to another one there, so that it can move.`;
}

/** Where a branch stands and, if anywhere, is checked out; null when there is none of that name. */
export async function branchState(
  git: Git,
  where: GitWhere,
  ref: string,
  signal?: AbortSignal,
): Promise<{ commit: string; checkedOutAt: string } | null> {
  const args = ['for-each-ref', '--format=%(refname)%00%(objectname)%00%(worktreepath)%00', ref];
  const found = expectOk(await git({ ...where, args }, signal), 'looking up a branch').split('\0\n');
  for (const line of found) {
    const [name, commit, checkedOutAt = ''] = line.split('\0');
    // A pattern also finds what lies below a ref of that name.
    if (name === ref && commit !== undefined) return { commit, checkedOutAt };
  }
  return null;
}

async function updateRefs(git: Git, where: GitWhere, lines: string[], signal?: AbortSignal): Promise<void> {
  const result: GitResult = await git(
    { ...where, args: ['update-ref', '--stdin'], input: `${lines.join('\n')}\n` },
    signal,
  );
  expectOk(result, 'moving a branch');
}
