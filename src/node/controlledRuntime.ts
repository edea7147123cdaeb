import type { LaunchResult, Runtime, SessionResult } from '../workflow/runtime.ts';
import { openControlSocket, type ControlSocket, type ReachableRun } from './controlSocket.ts';

/**
 * The runtime whose runs can be steered by other processes too, from their start until they end. A session is talked with
 * from anywhere; of other runs, questions are answered from outside where `takesAnswers` says so.
 */
export function controlledRuntime(runtime: Runtime, { takesAnswers = false } = {}): Runtime {
  const opening = new Set<Promise<unknown>>();
  const counted = <T>(opened: Promise<T>): Promise<T> => {
    opening.add(opened);
    return opened.finally(() => opening.delete(opened));
  };
  const controlled = (launching: Promise<LaunchResult>): Promise<LaunchResult> =>
    counted(launching.then((launched) => reachable(runtime, launched, takesAnswers)));
  return {
    ...runtime,
    launch: (request) => controlled(runtime.launch(request)),
    resume: (request) => controlled(runtime.resume(request)),
    openSession: (request, runs) =>
      counted(runtime.openSession(request, runs).then((opened) => reachableSession(runtime, opened))),
    close: async () => {
      await runtime.close();
      await Promise.allSettled(opening);
    },
  };
}

async function reachable(runtime: Runtime, launched: LaunchResult, takesAnswers: boolean): Promise<LaunchResult> {
  if (launched.status === 'refused') return launched;
  const warnings = await withSocket(runtime, { runId: launched.runId, dir: launched.runDir, takesAnswers });
  return { ...launched, warnings: [...launched.warnings, ...warnings] };
}

async function reachableSession(runtime: Runtime, opened: SessionResult): Promise<SessionResult> {
  if (opened.status === 'refused') return opened;
  const warnings = await withSocket(runtime, { runId: opened.sessionId, dir: opened.dir, takesAnswers: true });
  return { ...opened, warnings: [...opened.warnings, ...warnings] };
}

/** What to warn of: a run that cannot be reached from outside still runs. */
async function withSocket(runtime: Runtime, run: ReachableRun): Promise<readonly string[]> {
  try {
    closeAtEnd(runtime, run.runId, await openControlSocket(runtime, run));
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`This run can be steered here alone, not from another window or terminal: ${why}`];
  }
}

/** With its last event and not later: once its files are closed, another process may own the run and listen there. */
function closeAtEnd(runtime: Runtime, runId: string, socket: ControlSocket): void {
  const listening = runtime.subscribe(runId, Number.POSITIVE_INFINITY, (batch) => {
    if (batch.some(({ type }) => type === 'run.ended')) close();
  });
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    listening.dispose();
    socket.close();
  };
  // A run may have ended meanwhile, or end by a bug, without a last event.
  runtime.finished(runId).then(close, close);
}
