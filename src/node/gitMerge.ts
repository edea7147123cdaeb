import type { BranchMove, MergeRepository, MergeResult } from '../workflow/worktrees.ts';
import { expectOk, lastWords, NO_GIT, type Git } from './git.ts';
import { commitTree, compare, OWN_IDENTITY, treeOf } from './gitCommits.ts';
import { createChangeBatches, type LandingCommitter } from './gitChangeBatches.ts';
import { branchState, checkedOut } from './gitLease.ts';

/** Exit codes of `git merge-tree --write-tree`; an older git prints its usage instead. */
const CONFLICT = 1;
const USAGE = 129;

/**
 * Landing by objects and refs, through git 2.38 or newer. Rejects when the repository itself cannot be read. Without a
 * committer, what lands is by whom git knows, and unsigned.
 */
export function createMergeRepository(git: Git, committer?: LandingCommitter): MergeRepository {
  return {
    ...createChangeBatches(git, committer),
    resolve: async (cwd, branch) => (await branchState(git, { cwd }, refOf(branch)))?.commit ?? null,
    treeOf: (cwd, commit) => treeOf(git, { cwd }, commit),
    merge: async (cwd, ours, theirs, base) =>
      merge(git, cwd, base === undefined ? ours : await standingOn(git, cwd, ours, base), theirs),
    commitTree: (cwd, tree, parents, message) => commitTree(git, { cwd }, { tree, parents, message }),
    moveBranch: (cwd, branch, to, from) => moveBranch(git, { cwd, branch, to, from }),
    markedIn: (cwd, commit, paths, theirs) => markedIn(git, { cwd, commit, paths, theirs }),
    compare: (cwd, base, commit) => compare(git, { cwd }, base, commit),
  };
}

const refOf = (branch: string): string => `refs/heads/${branch}`;

/**
 * The files of `ours` as a commit on `base`, so that git takes that for the common ancestor; only newer ones can be told
 * which one to take (`--merge-base`, git 2.40).
 */
async function standingOn(git: Git, cwd: string, ours: string, base: string): Promise<string> {
  const args = ['commit-tree', '-p', base, '-F', '-'];
  const revisions = [`${ours}^{tree}`];
  const made = await git({ cwd, identity: OWN_IDENTITY, input: 'What has landed\n', args, revisions });
  return expectOk(made, 'preparing a merge').trim();
}

/**
 * Stdout is the tree NUL, and after a conflict the path of each file in conflict NUL, an empty field, and of each message
 * how many paths it is about NUL, these paths NUL, its kind NUL, its text NUL.
 */
async function merge(git: Git, cwd: string, ours: string, theirs: string): Promise<MergeResult> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages'];
  const revisions = [ours, theirs];
  let result = await git({ cwd, args, revisions });
  if (result.kind === 'failed' && result.exitCode === CONFLICT) {
    // From a subfolder, git names the files in conflict relative to it.
    const top = expectOk(await git({ cwd, args: ['rev-parse', '--show-toplevel'] }), 'looking for the checkout');
    result = await git({ cwd: top.replace(/\n$/, ''), args, revisions });
  }
  if (result.kind === 'failed' && result.exitCode === USAGE) return { kind: 'failed', message: await tooOld(git, cwd) };
  if (result.kind === 'failed' && result.exitCode !== CONFLICT) {
    return { kind: 'failed', message: `Git could not merge ${theirs}: ${lastWords(result.stderr)}` };
  }
  if (result.kind === 'no-git') return { kind: 'failed', message: NO_GIT };
  const [tree = '', ...fields] = result.stdout.split('\0');
  if (result.kind === 'ok') return { kind: 'merged', tree };
  const end = fields.indexOf('');
  const paths = [...new Set(end < 0 ? fields : fields.slice(0, end))];
  // By what they are, and not by names that differ from one time to the next.
  const notes = conflictNotes(end < 0 ? [] : fields.slice(end + 1)).map((note) =>
    note.replaceAll(ours, 'what has landed').replaceAll(theirs, 'the change'),
  );
  return { kind: 'conflict', paths, tree, notes };
}

function conflictNotes(fields: readonly string[]): string[] {
  const notes: string[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const text = at + Number(fields[at]) + 2;
    if (!Number.isInteger(text)) break;
    if (fields[text]?.startsWith('CONFLICT')) notes.push(fields[text].trim());
    at = text + 1;
  }
  return notes;
}

/**
 * Attributes hide nothing here, since they may be an agent's work: neither those that call a file binary, nor
 * `conflict-marker-size`, by which marks may be short enough to look like a quotation. Such are known by the commit they name.
 */
async function markedIn(
  git: Git,
  { cwd, commit, paths, theirs }: { cwd: string; commit: string; paths: readonly string[]; theirs: string },
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const marks = ['-e', '^(<{7,}|>{7,}) [0-9a-f]{40,64}', '-e', `^>+ ${theirs}`];
  const args = ['grep', '-l', '-z', '-a', '--full-name', '-E', ...marks];
  const within = paths.map((path) => `:(top,literal)${path}`);
  const found = await git({ cwd, args, revisions: [commit], paths: within });
  if (found.kind === 'failed' && found.exitCode === 1 && found.stderr === '') return [];
  const named = expectOk(found, 'looking for conflict marks').split('\0').filter(Boolean);
  return named.map((name) => name.slice(commit.length + 1));
}

async function tooOld(git: Git, cwd: string): Promise<string> {
  const version = await git({ cwd, args: ['version'] });
  const installed = version.kind === 'ok' ? version.stdout.trim() : 'the installed git';
  return `Landing changes needs git 2.38 or newer, and this is ${installed}. Update git.`;
}

interface MoveRequest {
  readonly cwd: string;
  readonly branch: string;
  readonly to: string;
  readonly from: string | null;
}

async function moveBranch(git: Git, { cwd, branch, to, from }: MoveRequest): Promise<BranchMove> {
  const ref = refOf(branch);
  const before = await branchState(git, { cwd }, ref);
  if ((before?.commit ?? null) !== from) return { kind: 'elsewhere' };
  if (before && before.checkedOutAt !== '') return { kind: 'failed', message: checkedOut(branch, before.checkedOutAt) };
  const result = await git({ cwd, args: ['update-ref', ref], revisions: [to, from ?? '0'.repeat(to.length)] });
  if (result.kind === 'ok') return { kind: 'moved' };
  const after = await branchState(git, { cwd }, ref);
  if ((after?.commit ?? null) !== from) return { kind: 'elsewhere' };
  const why = result.kind === 'failed' ? lastWords(result.stderr) : NO_GIT;
  return { kind: 'failed', message: `Git could not move the branch ${branch}: ${why}` };
}
