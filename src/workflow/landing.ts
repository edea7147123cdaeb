import type { QueuedChange } from './landing/chain.ts';
import { landBatch, type Settle, type TestedPlace } from './landing/landBatch.ts';
import { MergeQueue } from './mergeQueue.ts';
import type { RunContext } from './runContext.ts';
import { runVerify } from './calls/verify.ts';
import { withScratchWorktree } from './calls/workspaces.ts';

export function integrationBranch(runId: string): string {
  return `workflow/${runId}/integration`;
}

/** The queue of a run; `context` gives the run, which is not there yet when its parts are made. */
export function mergeQueueOf(context: () => RunContext): MergeQueue {
  return new MergeQueue((queue, verify, settle) => landInRun(context(), queue, verify, settle));
}

async function landInRun(
  run: RunContext,
  queue: readonly QueuedChange[],
  verify: string | undefined,
  settle: Settle,
): Promise<void> {
  const [first] = queue;
  if (first === undefined) return;
  const { merge } = run.deps;
  // An empty change has its base for its commit.
  const known = [...run.changes.values()].filter(({ change }) => change.files.length > 0);
  const changes = new Map(known.map(({ change }) => [change.commit, change]));
  const place: TestedPlace = {
    ...{ merge, cwd: run.cwd, runId: run.runId },
    branch: integrationBranch(run.runId),
    base: run.base?.commit ?? first.change.base,
    below: (commit) => changes.get(commit),
    signal: run.signal,
    verify: verify === undefined ? undefined : (commit) => verifyFailure(run, first.change.id, commit, verify),
    unsigned: (why) => {
      const message = `What lands on ${integrationBranch(run.runId)} is not signed: ${why}`;
      run.recorder.emit({ type: 'logged', level: 'warning', message });
    },
  };
  await landBatch(place, queue, settle);
}

/** Null: the command passed on the merged tree. `asker` is named in requests for permission. */
async function verifyFailure(run: RunContext, asker: string, commit: string, verify: string): Promise<string | null> {
  const verified = await withScratchWorktree(run, `land-${asker}`, commit, (lease) =>
    runVerify(run, { agentId: asker, signal: run.signal }, verify, lease),
  );
  if ('cause' in verified) return `There was no worktree to test it in: ${verified.message}`;
  switch (verified.kind) {
    case 'passed':
      return null;
    case 'failed':
      return verified.output;
    case 'not-started':
      return verified.message;
  }
}
