import { isAbort } from '../../base/abort.ts';
import { headline } from '../../base/text.ts';
import type { Event } from '../../protocol/messages.ts';
import type { RunEnd, RunStatus } from '../../protocol/run.ts';
import type { EndedRun } from '../runtime.ts';
import type { Spent } from '../spending.ts';
import { Allowance } from './allowance.ts';
import { endOfRun } from './endOfRun.ts';
import type { KnownRun } from './leftBehind.ts';
import type { SessionPlace } from './sessionPlace.ts';

/** Older ones that were cut short nobody goes on with. */
const MOST_WATCHED = 20;
/** Reading how a run stands takes three small files. */
const LOOK_MS = 3_000;

/** Runs of whose end the session's log does not tell, the oldest first. */
export function unheardRuns(past: readonly Event[]): readonly KnownRun[] {
  return runsWithout(past, () => true).slice(-MOST_WATCHED);
}

/** Runs that have not done their work, as far as the session's log tells, the oldest first. */
export function unfinishedRuns(past: readonly Event[]): readonly KnownRun[] {
  return runsWithout(past, (status) => status === 'completed');
}

/** Without those that had such an end since they were started last. */
function runsWithout(past: readonly Event[], isOver: (status: RunStatus) => boolean): readonly KnownRun[] {
  const runs = new Map<string, KnownRun>();
  for (const event of past) {
    if (event.type === 'workflow.ended' && isOver(event.status)) runs.delete(event.launchedRunId);
    if (event.type !== 'workflow.launched') continue;
    const { launchedRunId: runId, title, runDir, budget } = event;
    runs.delete(runId);
    runs.set(runId, { runId, title, runDir, ...(budget && { budget }) });
  }
  return [...runs.values()];
}

/** A run that was ended by its program's end is not over: whoever resumes it goes on with it. */
export function isCutShort(end: RunEnd): boolean {
  return end.status === 'stopped' && end.reason === 'closed';
}

/** Of whose words the run comes, or goes on; gives those that count: what earlier words allowed, until others say more. */
export function remember({ state }: SessionPlace, runId: string, allowance: Allowance): Allowance {
  const counts = state.allowanceFor(runId, allowance);
  counts.give(runId, counts.left(runId));
  state.allowances.set(runId, counts);
  return counts;
}

/** Its end is the session's next turn. `spent`: what of its words' budget it has used. */
export function hearEnd({ run, desk, state }: SessionPlace, own: KnownRun, finished: EndedRun, spent: Spent): void {
  const allowance = state.allowances.get(own.runId);
  allowance?.settle(own.runId, spent);
  run.recorder.emit({ type: 'workflow.ended', launchedRunId: own.runId, status: finished.end.status });
  desk.ask({ ...endOfRun({ ...own, title: headline(own.title, 100) }, finished), ...(allowance && { allowance }) });
}

/**
 * Waits for the end of a run that is none of this process's, or none any more, wherever it goes on and whoever resumes it,
 * until the session ends or takes the run up itself. The session is idle while nobody works on the run.
 */
export function watchElsewhere(place: SessionPlace, own: KnownRun): void {
  const { run, desk, door, state } = place;
  const signal = state.watch(own.runId, run.signal);
  if (own.budget && !state.allowances.has(own.runId)) remember(place, own.runId, new Allowance(own.budget));
  /** True: it is cut short, and may go on again. */
  const untilItRests = async (): Promise<boolean> => {
    for (;;) {
      const standing = await door.outlook.standing(own.runDir);
      if (signal.aborted) return false;
      if (standing.kind === 'going') state.underWay.set(own.runId, null);
      else state.underWay.delete(own.runId);
      if (standing.kind === 'gone') return false;
      if (standing.kind === 'cut-short') return true;
      if (standing.kind === 'over') {
        // What it had used before the session was opened again stands in no other figure.
        hearEnd(place, own, standing.finished, standing.spent);
        return false;
      }
      await run.deps.clock.sleep(LOOK_MS, signal);
    }
  };
  const watching = async (): Promise<void> => {
    while (await desk.beside(untilItRests)) await run.deps.clock.sleep(LOOK_MS, signal);
  };
  watching().catch((error: unknown) => {
    if (isAbort(error)) return;
    const message = `The end of the run ${own.runId} cannot be told: ${error instanceof Error ? error.message : String(error)}`;
    run.recorder.emit({ type: 'logged', level: 'error', message });
  });
}
