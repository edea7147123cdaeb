import { headline } from '../base/text.ts';
import type { Change, Landing } from '../protocol/change.ts';
import type { RunContext } from './runContext.ts';
import { runVerify } from './calls/verify.ts';
import { withWorktree } from './calls/workspaces.ts';

/**
 * A run's merge queue: one change at a time onto the integration branch, so that each is tested on top of all that
 * landed before it. Works on objects and refs; the person's checkout is never touched (X03).
 */
export class LandingQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `body` when all that were queued before it have ended, whatever became of them. */
  enqueue<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(body);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

function integrationBranch(runId: string): string {
  return `workflow/${runId}/integration`;
}

/** Merges one change and tests the result. `agentId` is its author, who is named in the commit and in requests. */
export async function landChange(run: RunContext, change: Change, verify: string | undefined): Promise<Landing> {
  const branch = integrationBranch(run.runId);
  const { merge } = run.deps;
  const tip = await merge.resolve(run.cwd, branch);
  const ours = tip ?? change.base;
  const merged = await merge.merge(run.cwd, ours, change.commit);
  if (merged.kind === 'conflict') return { status: 'conflict', conflicts: merged.paths };
  // A process that died between moving the branch and writing it down left the change landed already.
  if (tip !== null && (await merge.treeOf(run.cwd, tip)) === merged.tree)
    return { status: 'landed', commit: tip, branch };

  const commit = await merge.commitTree(run.cwd, merged.tree, [ours], message(run, change));
  if (verify !== undefined) {
    const verified = await withWorktree(run, `land-${change.id}`, commit, (lease) =>
      runVerify(run, change.id, verify, lease.path),
    );
    if ('cause' in verified) return { status: 'verify-failed', log: verified.message };
    if (!verified.ok) return { status: 'verify-failed', log: verified.output };
  }
  if (await merge.moveBranch(run.cwd, branch, commit, tip)) return { status: 'landed', commit, branch };
  return { status: 'conflict', conflicts: [`${branch} was moved by somebody else`] };
}

function message(run: RunContext, change: Change): string {
  return `${headline(change.summary, 72)}\n\nWorkflow-Run: ${run.runId}\nWorkflow-Agent: ${change.id}`;
}
