import { headline } from '../../base/text.ts';
import type { LaunchResult } from '../runtime.ts';
import { endOfRun } from './endOfRun.ts';
import type { SessionPlace } from './sessionPlace.ts';

export type Started = Extract<LaunchResult, { readonly status: 'started' }>;

/** Keeps an eye on a run that the session has started: its end is the session's next turn. */
export function watchRun(place: SessionPlace, launched: Started, title: string): void {
  const { run, desk, door, state } = place;
  const { runId, workflowName, runDir } = launched;
  const named = { runId, runDir, title: headline(title, 100) || workflowName };
  state.runDirs.push(runDir);
  run.recorder.emit({ type: 'workflow.launched', launchedRunId: runId, workflowName, title: named.title, runDir });
  void desk.beside(async () => {
    try {
      const finished = await door.finished(runId);
      if (run.signal.aborted) return;
      run.recorder.emit({ type: 'workflow.ended', launchedRunId: runId, status: finished.end.status });
      desk.ask(endOfRun(named, finished));
    } catch (error) {
      const message = `The run ${runId} ended by a fault: ${error instanceof Error ? error.message : String(error)}`;
      run.recorder.emit({ type: 'logged', level: 'error', message });
    }
  });
}
