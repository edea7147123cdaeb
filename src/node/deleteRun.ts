import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../protocol/messages.ts';
import { SESSION_AGENT } from '../protocol/session.ts';
import { integrationBranch } from '../workflow/landing.ts';
import type { Worktrees } from '../workflow/worktrees.ts';
import type { Git } from './git.ts';
import { isSession, RUN_FILES } from './runFiles.ts';
import { claimRun } from './runLock.ts';
import { readRun, type RunSummary } from './runReader.ts';
import {
  deleteRefs,
  discardedRefs,
  isCheckpoint,
  refsOfRun,
  snapshotRef,
  staysWithout,
  type RunRefs,
} from './runRefs.ts';
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
  | Extract<WorkOfRun, { readonly kind: 'unlanded' | 'unreadable' }>
  | { readonly kind: 'failed'; readonly message: string };

/** What a run's deletion would lose. */
export type WorkOfRun =
  /** Nothing. */
  | { readonly kind: 'none' }
  /** Work that is nowhere else: by the branch it is on, or the ref that keeps it. */
  | { readonly kind: 'unlanded'; readonly work: readonly string[] }
  /** By its own record it may have work, and its repository cannot be asked now: why not, without a full stop. */
  | { readonly kind: 'unreadable'; readonly message: string };

/**
 * Deletes a run or a session: its folder, its left worktrees, the refs that keep its commits, and its branches. Work of it that has
 * not landed stops that, and so does work that cannot be looked at now, unless it is forced.
 */
export async function deleteRun(deps: DeletionDeps, run: RunSummary, force: boolean): Promise<Deletion> {
  const known = force ? NO_WORK : await unlandedWork(deps.git, run);
  if (known.kind !== 'none') return known;
  const claim = await claimRun(run.dir);
  if (claim.kind === 'held') return { kind: 'running', pid: claim.pid };
  try {
    // First, so that what an agent had not committed counts as work of the run.
    await deps.worktrees.sweep(run.cwd, run.runId);
    const work = force ? NO_WORK : await unlandedWork(deps.git, run);
    if (work.kind !== 'none') return work;
    const read = await refsOfRun(deps.git, run.cwd, run.runId);
    const freed = read.kind === 'read' ? await freeRefs(deps.git, run, read.refs) : { refs: 0, branchesLeft: [] };
    const bytes = await sizeOfFolder(run.dir);
    // Without its manifest it is no run, whatever of the rest a crash may leave.
    await rm(join(run.dir, RUN_FILES.manifest), { force: true });
    await rm(run.dir, { recursive: true, force: true, maxRetries: 3 });
    return { kind: 'deleted', bytes, ...freed };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  } finally {
    await claim.lock.release();
  }
}

const NO_WORK: WorkOfRun = { kind: 'none' };

/** Touches nothing. */
export async function unlandedWork(git: Git, run: RunSummary): Promise<WorkOfRun> {
  const read = await refsOfRun(git, run.cwd, run.runId);
  if (read.kind === 'unreadable') return (await mayHaveWork(run.dir)) ? read : NO_WORK;
  try {
    const work = await workAtStake(git, run, read.refs);
    return work.length === 0 ? NO_WORK : { kind: 'unlanded', work };
  } catch (error) {
    return { kind: 'unreadable', message: messageOf(error).replace(/\.$/, '') };
  }
}

/**
 * What the run's own log says, where its repository cannot be asked: it committed a change, or a worktree whose changes
 * could not be committed was put aside, or an agent that may write in a worktree began and did not come to its end, so
 * that what it had written may be kept under a ref. Without a commit to start from there was no worktree. A log that
 * cannot be read excludes nothing.
 */
async function mayHaveWork(dir: string): Promise<boolean> {
  const read = await readRun(dir);
  if (read.kind === 'unreadable') return true;
  const { events } = read.run;
  let [begun, hadBase] = [false, false];
  const writers = new Set<string>();
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'change.committed') return true;
    if (event.type === 'run.started') [begun, hadBase] = [true, hadBase || event.base !== null];
    if (event.type === 'run.ended' && event.end.failures.some(({ cause }) => cause === 'worktree')) return true;
    if (event.type === 'agent.queued' && mayWrite(event)) writers.add(event.agentId);
    if (event.type === 'agent.started' && writers.has(event.agentId)) open.add(event.agentId);
    if (event.type === 'agent.ended' && event.end.kind === 'done') open.delete(event.agentId);
  }
  return open.size > 0 && (hadBase || !begun);
}

/** In a worktree: reviewers and skeptics have one to look at, of which nothing is kept. */
function mayWrite({ agentId, kind, inFolder }: Extract<Event, { readonly type: 'agent.queued' }>): boolean {
  // A session's own agent works in the person's folder.
  if (agentId === SESSION_AGENT) return false;
  return kind === 'author' || (kind === 'agent' && inFolder !== true);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function workAtStake(git: Git, { cwd, runId, dir }: RunSummary, refs: RunRefs): Promise<readonly string[]> {
  const landed = await landedCommits(dir);
  // A person has said of these that they are not wanted.
  const discarded = new Set(
    refs.kept.flatMap(({ name, commit }) => (name.startsWith(discardedRefs(runId)) ? [commit] : [])),
  );
  const byCommit = new Map<string, string>();
  for (const { name, commit } of [...refs.kept, ...refs.branches]) {
    // A snapshot is a copy of what the person had, and still has, in their checkout.
    const isWork =
      name !== `refs/heads/${integrationBranch(runId)}` &&
      name !== snapshotRef(runId) &&
      !(isSession(dir) && isCheckpoint(runId, name));
    if (isWork) byCommit.set(commit, shortName(name));
  }
  const work: string[] = [];
  for (const [commit, name] of byCommit) {
    if (discarded.has(commit)) continue;
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
