import { isAbort } from '../../base/abort.ts';
import type { DiscardOutcome } from '../../workflow/apply/outcome.ts';
import { expectOk } from '../git.ts';
import { branchState, checkedOut } from '../gitLease.ts';
import { claimRun } from '../runLock.ts';
import { discardedRefs } from '../runRefs.ts';
import type { ApplyDeps, RunPlace } from './applyDeps.ts';
import { noteDecision } from './decisionLog.ts';

export interface DiscardRequest {
  readonly run: RunPlace;
  readonly cwd: string;
  readonly change: { readonly id: string; readonly branch: string; readonly commit: string };
}

/** Deletes a change's branch. Its commit stays under the run's refs until the run is deleted, so that it can come back. */
export async function discardChange(
  deps: ApplyDeps,
  { run, cwd, change }: DiscardRequest,
  signal: AbortSignal,
): Promise<DiscardOutcome> {
  return quietly(async () => {
    // Whoever goes on with the run reads what is discarded when it begins to: not between our look and our word.
    const claim = await claimRun(run.dir);
    if (claim.kind === 'held') {
      return { kind: 'failed', message: `Run ${run.runId} is running and may still land it. Stop it first.` };
    }
    try {
      return await discardClaimed(deps, { run, cwd, change }, signal);
    } finally {
      await claim.lock.release();
    }
  });
}

async function discardClaimed(
  { git, locks }: ApplyDeps,
  { run, cwd, change: { id, branch, commit } }: DiscardRequest,
  signal: AbortSignal,
): Promise<DiscardOutcome> {
  const ref = `refs/heads/${branch}`;
  const state = await branchState(git, { cwd }, ref, signal);
  if (state && state.checkedOutAt !== '') return { kind: 'failed', message: checkedOut(branch, state.checkedOutAt) };
  if (state && state.commit !== commit) {
    return { kind: 'failed', message: `Somebody has added commits to ${branch}. Delete it yourself if you mean it.` };
  }
  const kept = `${discardedRefs(run.runId)}${id}`;
  const lines = [`update ${kept} ${commit}`, ...(state ? [`delete ${ref} ${commit}`] : [])];
  const input = `${lines.join('\n')}\n`;
  expectOk(await git({ cwd, args: ['update-ref', '--stdin'], input, toItsEnd: true }, signal), 'deleting a branch');
  await noteDecision(locks, run.dir, { type: 'discarded', change: id, branch, commit });
  return { kind: 'discarded', branch, commit };
}

/** Makes the branch of a discarded change again. */
export async function restoreChange(
  deps: ApplyDeps,
  { run, cwd, change }: DiscardRequest,
  signal: AbortSignal,
): Promise<DiscardOutcome> {
  return quietly(async () => {
    const { id, branch, commit } = change;
    const state = await branchState(deps.git, { cwd }, `refs/heads/${branch}`, signal);
    if (state && state.commit !== commit) {
      return { kind: 'failed', message: `There is another branch ${branch} by now. Rename it, then try again.` };
    }
    const kept = `${discardedRefs(run.runId)}${id}`;
    const made = state ? [] : [`create refs/heads/${branch} ${commit}`];
    const input = `${[...made, `delete ${kept}`].join('\n')}\n`;
    expectOk(
      await deps.git({ cwd, args: ['update-ref', '--stdin'], input, toItsEnd: true }, signal),
      'making a branch again',
    );
    await noteDecision(deps.locks, run.dir, { type: 'restored', change: id });
    return { kind: 'restored', branch, commit };
  });
}

async function quietly(body: () => Promise<DiscardOutcome>): Promise<DiscardOutcome> {
  try {
    return await body();
  } catch (error) {
    if (isAbort(error)) throw error;
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
