import type { MergeRepository, MergeResult } from '../workflow/worktrees.ts';
import { expectOk, lastWords, type Git } from './git.ts';
import { commitTree, compare, treeOf } from './gitCommits.ts';
import { branchState, refuseCheckedOut } from './gitLease.ts';

/** Exit codes of `git merge-tree --write-tree`; an older git prints its usage instead. */
const CONFLICT = 1;
const USAGE = 129;

/** Landing by objects and refs, through git 2.38 or newer. Rejects when the repository itself does not play along. */
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
  if (result.kind === 'failed' && result.exitCode === USAGE) throw new Error(await tooOld(git, cwd));
  if (result.kind === 'failed' && result.exitCode !== CONFLICT) {
    throw new Error(`Git could not merge ${theirs}: ${lastWords(result.stderr)}`);
  }
  const [tree = '', ...paths] = (result.kind === 'failed' ? result.stdout : expectOk(result, 'merging')).split('\0');
  if (result.kind === 'ok') return { kind: 'merged', tree };
  return { kind: 'conflict', paths: [...new Set(paths.filter((path) => path !== ''))] };
}

async function tooOld(git: Git, cwd: string): Promise<string> {
  const version = await git({ cwd, args: ['version'] });
  const installed = version.kind === 'ok' ? version.stdout.trim() : 'the installed git';
  return `Landing changes needs git 2.38 or newer, and this is ${installed}. Update git.`;
}

interface BranchMove {
  readonly cwd: string;
  readonly branch: string;
  readonly to: string;
  readonly from: string | null;
}

async function moveBranch(git: Git, { cwd, branch, to, from }: BranchMove): Promise<boolean> {
  const ref = refOf(branch);
  const before = await branchState(git, { cwd }, ref);
  if ((before?.commit ?? null) !== from) return false;
  refuseCheckedOut(branch, before?.checkedOutAt ?? '');
  const result = await git({ cwd, args: ['update-ref', ref, to, from ?? '0'.repeat(to.length)] });
  if (result.kind === 'ok') return true;
  const after = await branchState(git, { cwd }, ref);
  if ((after?.commit ?? null) !== from) return false;
  expectOk(result, `moving the branch ${branch}`);
  return false;
}
