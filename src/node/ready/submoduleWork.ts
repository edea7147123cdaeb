import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expectOk, type Git } from '../git.ts';
import { commitTree } from '../gitCommits.ts';
import type { FilledSubmodule } from './submodules.ts';

interface Holder {
  readonly runId: string;
  /** Of the worktree; its folder's name is the holder's. */
  readonly path: string;
  readonly adminDir: string;
}

/**
 * What an agent has changed in submodules is no part of its change, as the commit of another repository is not the run's to
 * make. So that it is not lost, the files are kept as a commit of their own under a ref of the run; gives what to tell.
 */
export async function keepSubmoduleWork(
  git: Git,
  holder: Holder,
  filled: readonly FilledSubmodule[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const [at, submodule] of filled.entries()) {
    if (!(await isChanged(git, submodule))) continue;
    const what = `What ${basename(holder.path)} changed in the submodule ${submodule.shown} is no part of its commit`;
    const kept = await keep(git, holder, submodule, at + 1).catch(() => null);
    told.push(kept === null ? `${what}, and could not be kept.` : `${what}. It is kept: ${kept}`);
  }
  return told;
}

async function isChanged(git: Git, { worktree, gitDir, indexFile }: FilledSubmodule): Promise<boolean> {
  const where = { cwd: worktree, gitDir, workTree: worktree, indexFile };
  const files = await git({ ...where, args: ['diff-files', '--quiet', '--ignore-submodules'] });
  if (files.kind !== 'ok') return true;
  const others = await git({ ...where, args: ['ls-files', '--others', '--exclude-standard', '-z'] });
  return others.kind !== 'ok' || others.stdout !== '';
}

/** In the repository of the run, which the person's submodule is not. */
async function keep(
  git: Git,
  { runId, path, adminDir }: Holder,
  submodule: FilledSubmodule,
  at: number,
): Promise<string> {
  const { worktree, shown } = submodule;
  const where = { cwd: worktree, gitDir: adminDir, workTree: worktree };
  const indexFile = join(adminDir, `dynamic-workflows-kept.${randomBytes(4).toString('hex')}`);
  const doing = 'keeping changes in a submodule';
  try {
    expectOk(await git({ ...where, indexFile, args: ['add', '--all', '--', '.'] }), doing);
    const tree = expectOk(await git({ ...where, indexFile, args: ['write-tree'] }), doing).trim();
    const message = `The submodule ${shown} as ${basename(path)} of run ${runId} left it`;
    const commit = await commitTree(git, where, { tree, parents: [], message });
    const ref = `refs/dynamic-workflows/${runId}/submodules/${basename(path)}-${at}`;
    expectOk(await git({ ...where, args: ['update-ref', ref], revisions: [commit] }), doing);
    return ref;
  } finally {
    await Promise.all([rm(indexFile, { force: true }), rm(`${indexFile}.lock`, { force: true })]);
  }
}
