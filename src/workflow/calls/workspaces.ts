import type { RunContext } from '../runContext.ts';
import type { AgentOutcome } from './runAgent.ts';
import type { Lease } from '../worktrees.ts';

type NoWorktree = Extract<AgentOutcome, { kind: 'null' }>;

/**
 * Borrows a worktree at `commit` for `body` and removes it afterwards. Without one the call is null with cause
 * `worktree`; it never runs in the main checkout instead (W27). What a body wrote and did not commit before it was
 * aborted is kept under the run's refs.
 */
export async function withWorktree<T>(
  run: RunContext,
  name: string,
  commit: string,
  body: (lease: Lease) => Promise<T>,
): Promise<T | NoWorktree> {
  const leased = await run.deps.worktrees.acquire(run.cwd, { runId: run.runId, name, commit }, run.signal);
  if (leased.kind === 'failed') return { kind: 'null', cause: 'worktree', message: leased.message };
  const { lease } = leased;
  try {
    return await body(lease);
  } catch (error) {
    await lease.abandon();
    throw error;
  } finally {
    await lease.release();
  }
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
