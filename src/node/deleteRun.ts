import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../protocol/messages.ts';
import { integrationBranch } from '../workflow/landing.ts';
import type { Worktrees } from '../workflow/worktrees.ts';
import type { Git } from './git.ts';
import { RUN_FILES } from './runFiles.ts';
import { claimRun } from './runLock.ts';
import { readRun, type RunSummary } from './runReader.ts';
import { deleteRefs, refsOfRun, staysWithout, type RunRefs } from './runRefs.ts';
import { sizeOfFolder } from './runSize.ts';

export interface DeletionDeps {
  readonly git: Git;
  readonly worktrees: Pick<Worktrees, 'sweep'>;
}

export type Deletion =
  | {
      readonly kind: 'deleted';
      readonly bytes: number;
      /** Of those that keep commits, and branches. */
      readonly refs: number;
      /** Branches that stay: the integration branch where nothing else has what landed on it, and what is checked out. */
      readonly branchesLeft: readonly string[];
    }
  /** A process has it. */
  | { readonly kind: 'running'; readonly pid: number }
  /** Work would be lost that is nowhere else: by the branch it is on, or the ref that keeps it. */
  | { readonly kind: 'unlanded'; readonly work: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Deletes a run: its folder, its left worktrees, the refs that keep its commits, and its branches. Work of it that has
 * not landed stops that, unless it is forced.
 */
export async function deleteRun(deps: DeletionDeps, run: RunSummary, force: boolean): Promise<Deletion> {
  const known = force ? [] : await unlandedWork(deps.git, run);
  if (known.length > 0) return { kind: 'unlanded', work: known };
  const claim = await claimRun(run.dir);
  if (claim.kind === 'held') return { kind: 'running', pid: claim.pid };
  try {
    // First, so that what an agent had not committed counts as work of the run.
    await deps.worktrees.sweep(run.cwd, run.runId);
    const refs = await refsOfRun(deps.git, run.cwd, run.runId);
    const work = refs === null ? [] : await workAtStake(deps.git, run, refs);
    if (work.length > 0 && !force) return { kind: 'unlanded', work };
    const freed = refs === null ? { refs: 0, branchesLeft: [] } : await freeRefs(deps.git, run, refs);
    const bytes = await sizeOfFolder(run.dir);
    // Without its manifest it is no run, whatever of the rest a crash may leave.
    await rm(join(run.dir, RUN_FILES.manifest), { force: true });
    await rm(run.dir, { recursive: true, force: true, maxRetries: 3 });
    return { kind: 'deleted', bytes, ...freed };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    await claim.lock.release();
  }
}

/** What would be lost; touches nothing. */
export async function unlandedWork(git: Git, run: RunSummary): Promise<readonly string[]> {
  const refs = await refsOfRun(git, run.cwd, run.runId);
  return refs === null ? [] : workAtStake(git, run, refs);
}

async function workAtStake(git: Git, { cwd, runId, dir }: RunSummary, refs: RunRefs): Promise<readonly string[]> {
  const landed = await landedCommits(dir);
  const byCommit = new Map<string, string>();
  for (const { name, commit } of [...refs.kept, ...refs.branches]) {
    if (name !== `refs/heads/${integrationBranch(runId)}`) byCommit.set(commit, shortName(name));
  }
  const work: string[] = [];
  for (const [commit, name] of byCommit) {
    if (await staysWithout(git, cwd, runId, commit)) continue;
    const on = landed.get(commit);
    if (on === undefined || !(await staysWithout(git, cwd, runId, on))) work.push(name);
  }
  return work;
}

/** By a change's commit, the commit that it landed as. */
async function landedCommits(dir: string): Promise<ReadonlyMap<string, string>> {
  const read = await readRun(dir);
  const commits = new Map<string, string>();
  const landed = new Map<string, string>();
  const events: readonly Event[] = read.kind === 'read' ? read.run.events : [];
  for (const event of events) {
    if (event.type === 'change.committed') commits.set(event.change.id, event.change.commit);
    if (event.type !== 'change.landed' || event.landing.status !== 'landed') continue;
    const commit = commits.get(event.changeId);
    if (commit !== undefined) landed.set(commit, event.landing.commit);
  }
  return landed;
}

async function freeRefs(git: Git, { cwd, runId }: RunSummary, { kept, branches }: RunRefs) {
  const going: { readonly name: string; readonly commit: string }[] = [...kept];
  const branchesLeft: string[] = [];
  for (const { name, commit, checkedOutAt } of branches) {
    const isIntegration = name === `refs/heads/${integrationBranch(runId)}`;
    const stays =
      checkedOutAt !== '' ||
      (isIntegration && !(await staysWithout(git, cwd, runId, commit, { integrationCounts: false })));
    if (stays) branchesLeft.push(shortName(name));
    else going.push({ name, commit });
  }
  await deleteRefs(git, cwd, going);
  return { refs: going.length, branchesLeft };
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
