import type { BranchMove, MergeRepository, MergeResult } from '../workflow/worktrees.ts';
import { expectOk, lastWords, NO_GIT, type Git } from './git.ts';
import { commitTree, compare, treeOf } from './gitCommits.ts';
import { branchState, checkedOut } from './gitLease.ts';

/** Exit codes of `git merge-tree --write-tree`; an older git prints its usage instead. */
const CONFLICT = 1;
const USAGE = 129;

/** Landing by objects and refs, through git 2.38 or newer. Rejects when the repository itself cannot be read. */
export function createMergeRepository(git: Git): MergeRepository {
  return {
    resolve: async (cwd, branch) => (await branchState(git, { cwd }, refOf(branch)))?.commit ?? null,
    treeOf: (cwd, commit) => treeOf(git, { cwd }, commit),
    merge: (cwd, ours, theirs) => merge(git, cwd, ours, theirs),
    commitTree: (cwd, tree, parents, message) => commitTree(git, { cwd }, { tree, parents, message }),
    moveBranch: (cwd, branch, to, from) => moveBranch(git, { cwd, branch, to, from }),
    compare: (cwd, base, commit) => compare(git, { cwd }, base, commit),
  };
}

const refOf = (branch: string): string => `refs/heads/${branch}`;

/** Stdout is the tree NUL, and after a conflict the path of each file in conflict NUL. */
async function merge(git: Git, cwd: string, ours: string, theirs: string): Promise<MergeResult> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  // From a subfolder, git would name the files in conflict relative to it.
  const top = expectOk(await git({ cwd, args: ['rev-parse', '--show-toplevel'] }), 'looking for the checkout');
  const result = await git({ cwd: top.replace(/\n$/, ''), args });
  if (result.kind === 'failed' && result.exitCode === USAGE) return { kind: 'failed', message: await tooOld(git, cwd) };
  if (result.kind === 'failed' && result.exitCode !== CONFLICT) {
    return { kind: 'failed', message: `Git could not merge ${theirs}: ${lastWords(result.stderr)}` };
  }
  if (result.kind === 'no-git') return { kind: 'failed', message: NO_GIT };
  const [tree = '', ...paths] = result.stdout.split('\0');
  if (result.kind === 'ok') return { kind: 'merged', tree };
  return { kind: 'conflict', paths: [...new Set(paths.filter((path) => path !== ''))] };
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
  const result = await git({ cwd, args: ['update-ref', ref, to, from ?? '0'.repeat(to.length)] });
  if (result.kind === 'ok') return { kind: 'moved' };
  const after = await branchState(git, { cwd }, ref);
  if ((after?.commit ?? null) !== from) return { kind: 'elsewhere' };
  const why = result.kind === 'failed' ? lastWords(result.stderr) : NO_GIT;
  return { kind: 'failed', message: `Git could not move the branch ${branch}: ${why}` };
}
