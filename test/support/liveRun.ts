import type { Command, Event } from '../../src/protocol/messages.ts';
import type { Bench, Played } from './engine.ts';

type Spoken = Command extends infer C ? (C extends Command ? Omit<C, 'commandId' | 'runId'> : never) : never;

/** A run under way, its events as they come, and the way to speak to it. */
export interface Live {
  readonly runId: string;
  readonly events: readonly Event[];
  readonly say: (command: Spoken) => void;
  /** Resolves at the first event, past or to come, that fits. */
  readonly seen: (fits: (event: Event) => boolean) => Promise<Event>;
  readonly ended: Promise<Played>;
}

/** Launches, or throws with the refusal's errors. */
export async function start(
  { launch, engine }: Bench,
  text: string,
  options: Parameters<Bench['launch']>[1] = {},
): Promise<Live> {
  const launched = await launch(text, options);
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const { runId } = launched;
  const events: Event[] = [];
  const watchers = new Set<() => void>();
  const listening = engine.subscribe(runId, 1, (batch) => {
    events.push(...batch);
    for (const look of watchers) look();
  });
  let commands = 0;
  return {
    runId,
    events,
    say: (command) => engine.dispatch({ ...command, runId, commandId: `c${(commands += 1)}` }),
    seen: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find(fits);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    ended: engine
      .finished(runId)
      .then((finished) => ({ ...finished, runId, events }))
      .finally(() => listening.dispose()),
  };
}
