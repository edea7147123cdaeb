import { headline } from '../base/text.ts';
import type { Change, Landing } from '../protocol/change.ts';
import type { RunContext } from './runContext.ts';
import { runVerify } from './calls/verify.ts';
import { withScratchWorktree } from './calls/workspaces.ts';

export function integrationBranch(runId: string): string {
  return `workflow/${runId}/integration`;
}

/** Merges one change and tests the result. Its author is named in the commit and in requests for permission. */
export async function landChange(run: RunContext, change: Change, verify: string | undefined): Promise<Landing> {
  const branch = integrationBranch(run.runId);
  const { merge } = run.deps;
  const tip = await merge.resolve(run.cwd, branch);
  const ours = tip ?? run.base?.commit ?? change.base;
  const merged = await merge.merge(run.cwd, ours, change.commit);
  if (merged.kind === 'failed') return { status: 'conflict', conflicts: [], log: merged.message };
  if (merged.kind === 'conflict') return { status: 'conflict', conflicts: merged.paths };
  // A process that died between moving the branch and writing it down left the change landed already.
  if (tip !== null && (await merge.treeOf(run.cwd, tip)) === merged.tree) {
    return { status: 'landed', commit: tip, branch };
  }
  const commit = await merge.commitTree(run.cwd, merged.tree, [ours], message(run, change));
  const failed = verify === undefined ? null : await verifyFailure(run, change, commit, verify);
  if (failed !== null) return { status: 'verify-failed', log: failed };
  const move = await merge.moveBranch(run.cwd, branch, commit, tip);
  switch (move.kind) {
    case 'moved':
      return { status: 'landed', commit, branch };
    case 'elsewhere':
      return { status: 'conflict', conflicts: [], log: `Somebody else moved ${branch} meanwhile; land it again.` };
    case 'failed':
      return { status: 'conflict', conflicts: [], log: move.message };
  }
}

/** Null: the command passed on the merged tree. */
async function verifyFailure(run: RunContext, change: Change, commit: string, verify: string): Promise<string | null> {
  const verified = await withScratchWorktree(run, `land-${change.id}`, commit, (lease) =>
    runVerify(run, { agentId: change.id, signal: run.signal }, verify, lease),
  );
  if ('cause' in verified) return `There was no worktree to test it in: ${verified.message}`;
  return verified.ok ? null : verified.output;
}

function message(run: RunContext, change: Change): string {
  return `${headline(change.summary, 72)}\n\nWorkflow-Run: ${run.runId}\nWorkflow-Agent: ${change.id}`;
}
