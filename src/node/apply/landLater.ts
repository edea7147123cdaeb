import { join } from 'node:path';
import type { Landing } from '../../protocol/change.ts';
import { discardedChanges } from '../../protocol/decision.ts';
import type { WorktreeChoices } from '../../protocol/run.ts';
import { describeNotStarted, type Commands } from '../../workflow/commands.ts';
import { landOutside, type OutsideLanding } from '../../workflow/apply/landOutside.ts';
import { leaseReady, type Readying } from '../../workflow/readyLease.ts';
import type { Worktrees } from '../../workflow/worktrees.ts';
import type { LandingCommitter } from '../gitChangeBatches.ts';
import { createMergeRepository } from '../gitMerge.ts';
import { RUN_FILES } from '../runFiles.ts';
import { claimRun } from '../runLock.ts';
import type { ApplyDeps, RunPlace } from './applyDeps.ts';
import { noteDecision, readDecisions } from './decisionLog.ts';

export interface LaterDeps extends ApplyDeps {
  readonly worktrees: Pick<Worktrees, 'acquire'>;
  readonly commands: Commands;
  /** Absent: by whom git knows, and unsigned. */
  readonly committer?: LandingCommitter;
  /** Takes what a person should know of the worktree, in one line. */
  readonly tell: (note: string) => void;
}

export interface LaterRequest extends OutsideLanding {
  readonly verify?: string | undefined;
  /** As the run's launch says. */
  readonly worktree?: WorktreeChoices | undefined;
}

export type LandedLater =
  | { readonly kind: 'landing'; readonly landing: Landing }
  /** A process has the run, and its queue. */
  | { readonly kind: 'running'; readonly pid: number };

const VERIFY_MS = 10 * 60_000;
const MAX_OUTPUT = 8_000;

/** Lands a change of a run that nobody has; it is ours for so long, so that nobody goes on with it meanwhile. */
export async function landLater(
  deps: LaterDeps,
  run: RunPlace,
  request: LaterRequest,
  signal: AbortSignal,
): Promise<LandedLater> {
  const claim = await claimRun(run.dir);
  if (claim.kind === 'held') return { kind: 'running', pid: claim.pid };
  try {
    // While the person was asked, another window or a terminal may have had its say.
    if (discardedChanges(await readDecisions(run.dir)).has(request.change.id))
      return { kind: 'landing', landing: { status: 'discarded' } };
    const { verify: command } = request;
    const verify = command === undefined ? undefined : verifierOf(deps, run, { ...request, verify: command }, signal);
    const merge = createMergeRepository(deps.git, deps.committer);
    const unsigned = (why: string): void => deps.tell(`What lands is not signed: ${why}`);
    const landing = await landOutside({ merge, verify, unsigned, signal }, request);
    if (landing.status === 'landed') {
      const { branch, commit } = landing;
      await noteDecision(deps.locks, run.dir, { type: 'landed', change: request.change.id, branch, commit });
    }
    return { kind: 'landing', landing };
  } finally {
    await claim.lock.release();
  }
}

/** The person's own command, in a worktree of the merged commit that is made ready as those of the run were. */
function verifierOf(
  { worktrees, commands, tell }: LaterDeps,
  run: RunPlace,
  { cwd, change, worktree: choices, verify: command }: LaterRequest & { readonly verify: string },
  signal: AbortSignal,
): (commit: string) => Promise<string | null> {
  const name = `land-${change.id}`;
  const readying: Readying = {
    ...{ worktrees, commands, choices, tell },
    // It could run when the run began, or there would be no change of it.
    denied: async () => null,
    log: () => join(run.dir, RUN_FILES.setup, `${name}.txt`),
  };
  return async (commit) => {
    const leased = await leaseReady(readying, cwd, { runId: run.runId, name, commit }, signal);
    if (leased.kind === 'failed') return `There was no worktree to test it in: ${leased.message}`;
    const { lease } = leased;
    try {
      const place = { root: lease.path };
      const request = { command, cwd: lease.cwd, place, timeoutMs: VERIFY_MS, maxChars: MAX_OUTPUT };
      const ran = await commands.run(request, signal);
      if (ran.kind === 'not-started') return describeNotStarted(command, ran);
      if (ran.exitCode === 0) return null;
      return `${ran.output.trimEnd()}\n(${ran.kind === 'timed-out' ? 'timed out' : `exit code ${ran.exitCode ?? 'none'}`})`;
    } finally {
      await lease.release();
    }
  };
}
