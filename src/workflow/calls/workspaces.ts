import type { AgentLife } from '../agentLife.ts';
import { acquireReady } from '../readyLease.ts';
import type { RunContext } from '../runContext.ts';
import type { Workspace } from '../subagent.ts';
import { whileQueued } from '../whileQueued.ts';
import type { AgentOutcome } from './runAgent.ts';
import type { Lease, LeaseRequest } from '../worktrees.ts';

type NoWorktree = Extract<AgentOutcome, { kind: 'null' }>;

/**
 * Borrows a worktree at `commit` for an agent that writes, and removes it afterwards. Without one the call is null with
 * cause `worktree`; it never runs in the main checkout instead (W27). What a body wrote and did not commit before it
 * threw or was aborted is kept, and is there again for an agent that goes on where it was interrupted.
 */
export async function withWorktree<T>(
  run: RunContext,
  life: AgentLife,
  commit: string,
  body: (lease: Lease) => Promise<T>,
): Promise<T | NoWorktree> {
  const earlier = { ...(life.goesOn && { restore: true }), ...(life.isAnew && { anew: true }) };
  const request = { name: life.agentId, commit, ...earlier };
  return borrowed(run, request, life, async (lease) => {
    run.overlaps.begins(life.agentId, { root: lease.path, base: lease.base });
    run.recorder.emit({ type: 'worktree.leased', agentId: life.agentId, path: lease.cwd });
    try {
      return await body(lease);
    } catch (error) {
      await giveUp(run, lease, life.agentId, life.verdict?.kind === 'restart' ? 'apart' : undefined);
      throw error;
    } finally {
      run.overlaps.ends(life.agentId);
    }
  });
}

/** The same for a body that only looks or runs commands: whatever lies in it afterwards goes. `life`: of the agent that has it. */
export async function withScratchWorktree<T>(
  run: RunContext,
  name: string,
  commit: string,
  body: (lease: Lease) => Promise<T>,
  life?: AgentLife,
): Promise<T | NoWorktree> {
  return borrowed(run, { name: run.newPlace(name), commit }, life, body);
}

async function borrowed<T>(
  run: RunContext,
  wanted: Omit<LeaseRequest, 'runId'>,
  life: AgentLife | undefined,
  body: (lease: Lease) => Promise<T>,
): Promise<T | NoWorktree> {
  const request = { runId: run.runId, ...wanted, ...(life && { onQueued: whileQueued(run, life) }) };
  const leased = await acquireReady(run, request, life?.signal ?? run.signal);
  if (leased.kind === 'failed') return { kind: 'null', cause: 'worktree', message: leased.message };
  try {
    return await body(leased.lease);
  } finally {
    await leased.lease.release();
  }
}

/**
 * Keeps what a writer did not get to commit, and tells the person where it is. `apart`: it begins anew, and is not to find
 * that again.
 */
export async function giveUp(run: RunContext, lease: Lease, who: string, apart?: 'apart'): Promise<void> {
  const where = await lease.abandon(apart);
  if (where === null) return;
  const message = `What ${who} had written and not committed is kept: ${where}`;
  run.recorder.emit({ type: 'logged', level: 'warning', message });
}

/** The agent begins where the person stands, if that is a folder inside the repository; it may write all of its worktree. */
export function worktreeWorkspace(lease: Lease, writes?: readonly string[]): Workspace {
  const { path: root, cwd, readable = [] } = lease;
  return { root, cwd, ownsRoot: true, readOnly: false, writes, readable };
}

/** The commit that a worktree starts from: a change's, a commit's, or the run's base. */
export function startCommit(run: RunContext, base: string | { readonly commit: string } | undefined): string | null {
  if (base !== undefined) return typeof base === 'string' ? base : base.commit;
  return run.base?.commit ?? null;
}

export const NO_REPOSITORY: NoWorktree = {
  kind: 'null',
  cause: 'worktree',
  message:
    'This folder is no git repository with a commit, so there can be no worktree. Run `git init` and commit once.',
};
