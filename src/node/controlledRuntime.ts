import type { LaunchResult, Runtime } from '../workflow/runtime.ts';
import { openControlSocket, type ControlSocket } from './controlSocket.ts';

/** The runtime whose runs can be steered by other processes too, from their start until they end. */
export function controlledRuntime(runtime: Runtime): Runtime {
  const opening = new Set<Promise<LaunchResult>>();
  const controlled = (launching: Promise<LaunchResult>): Promise<LaunchResult> => {
    const opened = launching.then((launched) => withSocket(runtime, launched));
    opening.add(opened);
    return opened.finally(() => opening.delete(opened));
  };
  return {
    ...runtime,
    launch: (request) => controlled(runtime.launch(request)),
    resume: (request) => controlled(runtime.resume(request)),
    close: async () => {
      await runtime.close();
      await Promise.allSettled(opening);
    },
  };
}

/** A run that cannot be reached from outside still runs. */
async function withSocket(runtime: Runtime, launched: LaunchResult): Promise<LaunchResult> {
  if (launched.status === 'refused') return launched;
  const { runId, runDir: dir } = launched;
  try {
    closeAtEnd(runtime, runId, await openControlSocket(runtime, { runId, dir }));
    return launched;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const warning = `This run can be steered here alone, not from another window or terminal: ${why}`;
    return { ...launched, warnings: [...launched.warnings, warning] };
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
