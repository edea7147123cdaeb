import { headline } from '../../base/text.ts';
import type { LaunchResult } from '../runtime.ts';
import type { Allowance } from './allowance.ts';
import { hearEnd, isCutShort, remember, watchElsewhere } from './earlierRuns.ts';
import type { SessionPlace } from './sessionPlace.ts';

export type Started = Extract<LaunchResult, { readonly status: 'started' }>;

/** Keeps an eye on a run that the session has started: its end is the session's next turn. */
export function watchRun(place: SessionPlace, launched: Started, title: string, allowance: Allowance): void {
  const { run, desk, door, state, loopId } = place;
  const { runId, workflowName, runDir } = launched;
  const own = { runId, runDir, title: headline(title, 100) || workflowName };
  const signal = state.watch(runId, run.signal);
  state.runDirs.push(runDir);
  state.underWay.set(runId, loopId);
  const counts = remember(place, runId, allowance);
  const budget = counts.isLimited ? { budget: { caps: counts.left(runId), words: counts.words } } : {};
  const { title: shown } = own;
  run.recorder.emit({ type: 'workflow.launched', launchedRunId: runId, workflowName, title: shown, runDir, ...budget });
  void desk.beside(async () => {
    try {
      const finished = await door.finished(runId);
      if (signal.aborted) return;
      state.underWay.delete(runId);
      if (isCutShort(finished.end)) watchElsewhere(place, own);
      else hearEnd(place, own, finished, finished.spent);
    } catch (error) {
      if (!signal.aborted) state.underWay.delete(runId);
      const message = `The run ${runId} ended by a fault: ${error instanceof Error ? error.message : String(error)}`;
      run.recorder.emit({ type: 'logged', level: 'error', message });
    }
  });
}
