import type { Command } from '../protocol/messages.ts';
import type { Runtime } from './runtime.ts';

/** Dispatches a command and hears at once what came of it: null when it was accepted, else the refusal's sentence. */
export function refusalOf(runtime: Pick<Runtime, 'dispatch' | 'subscribe'>, command: Command): string | null {
  let refusal: string | null = null;
  // From the next event on: what has been is told to those who ask for it.
  const listening = runtime.subscribe(command.runId, Number.POSITIVE_INFINITY, (batch) => {
    for (const event of batch)
      if (event.type === 'refused' && event.commandId === command.commandId) refusal = event.error;
  });
  try {
    runtime.dispatch(command);
  } finally {
    listening.dispose();
  }
  return refusal;
}
