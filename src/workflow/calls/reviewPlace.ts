import type { Change } from '../../protocol/change.ts';
import { acquireReady } from '../readyLease.ts';
import type { RunContext } from '../runContext.ts';
import type { Workspace } from '../subagent.ts';
import type { LeaseResult } from '../worktrees.ts';
import type { AgentOutcome } from './runAgent.ts';
import { worktreeWorkspace } from './workspaces.ts';

/** The files after a change, for all of its reviewers to read: one worktree, made when the first of them starts. */
export class ReviewPlace {
  readonly #run: RunContext;
  readonly #change: Change;
  #leasing: Promise<LeaseResult> | undefined;

  constructor(run: RunContext, change: Change) {
    this.#run = run;
    this.#change = change;
  }

  async workspace(): Promise<Workspace | Extract<AgentOutcome, { kind: 'null' }>> {
    const { runId, signal } = this.#run;
    this.#leasing ??= acquireReady(
      this.#run,
      { runId, name: this.#run.newPlace(`review-${this.#change.id}`), commit: this.#change.commit },
      signal,
    );
    const leased = await this.#leasing;
    if (leased.kind === 'failed') return { kind: 'null', cause: 'worktree', message: leased.message };
    return worktreeWorkspace(leased.lease, 'reader');
  }

  async release(): Promise<void> {
    const leased = await this.#leasing?.catch(() => undefined);
    if (leased?.kind === 'leased') await leased.lease.release();
  }
}
