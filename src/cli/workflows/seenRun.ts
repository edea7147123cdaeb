import type { RunSummary } from '../../node/runReader.ts';
import { statusOf } from '../../projection/select.ts';
import type { RunState } from '../../projection/state.ts';
import type { RunStatus } from '../../protocol/run.ts';

/** A run as the view has seen it last. */
export interface SeenRun {
  readonly summary: RunSummary;
  /** Null where its log was not read: it has ended, and is not opened. */
  readonly state: RunState | null;
  /** Why its log cannot be read; null: it can. */
  readonly problem: string | null;
  /** The session that is talked with has started it. */
  readonly ofSession: boolean;
  /** This process has it, so that its questions can be answered here. */
  readonly own: boolean;
  readonly simulated: boolean;
}

/** The log is fresher than the summary. */
export function standingOf({ summary, state }: SeenRun): RunStatus {
  return state === null || state.seq === 0 ? summary.status : statusOf(state, summary.status === 'running');
}
