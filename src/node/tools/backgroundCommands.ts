import { AbortError, onAbort } from '../../base/abort.ts';
import { DisposableStore } from '../../base/disposable.ts';
import type { Clock } from '../../engine/ports.ts';
import type { CommandEnd, CommandRequest, CommandResult, Commands } from '../../workflow/commands.ts';
import { createKeptOutput, type KeptOutput } from '../keptOutput.ts';

/** What one agent has running beside its calls. */
export interface BackgroundCommands {
  /** Null when it has as many as it may. `ended`: told when it has, with its result, unless it was ended from here. */
  start(request: CommandRequest, ended: (result: CommandEnd) => void): string | null;
  /** What has come since it was last asked, at once when there is something; undefined for an unknown id. */
  read(id: string, waitMs: number, signal: AbortSignal): Promise<Reading | undefined>;
  /** Ends it and all that it started; false for an unknown id. */
  kill(id: string): Promise<boolean>;
  ids(): readonly string[];
  end(): Promise<void>;
}

export interface Reading {
  readonly command: string;
  readonly output: string;
  readonly state: State;
}

export type State =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly result: CommandEnd }
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Enough for a server, a watcher and a test run; a model that forgets its commands must not fill the machine. */
export const MAX_BACKGROUND = 8;
/** Ended ones that can still be asked about. */
const MAX_KEPT = 32;

interface Running {
  readonly command: string;
  readonly stopping: AbortController;
  readonly over: Promise<void>;
  unread: KeptOutput;
  state: State;
  /** Wakes whoever waits for output or the end. */
  readonly waiting: Set<() => void>;
}

export function createBackgroundCommands(commands: Commands, clock: Pick<Clock, 'sleep'>): BackgroundCommands {
  const all = new Map<string, Running>();
  let lastId = 0;
  const underWay = (): Running[] => [...all.values()].filter(({ state }) => state.kind === 'running');

  const kill = async (running: Running): Promise<void> => {
    running.stopping.abort();
    await running.over;
  };

  return {
    start: (request, ended) => {
      if (underWay().length >= MAX_BACKGROUND) return null;
      const stopping = new AbortController();
      const waiting = new Set<() => void>();
      const wake = (): void => waiting.forEach((resolve) => resolve());
      const hear = (text: string): void => {
        running.unread.writer().write(Buffer.from(text));
        wake();
      };
      const over = stateAtEnd(() => commands.run({ ...request, background: true, onOutput: hear }, stopping.signal));
      const running: Running = {
        ...{ command: request.command, stopping, waiting, unread: createKeptOutput(request.maxChars) },
        state: { kind: 'running' },
        over: over.then((state) => {
          running.state = state;
          if (state.kind === 'ended') ended(state.result);
          wake();
        }),
      };
      const id = `b${++lastId}`;
      all.set(id, running);
      forgetOldest(all);
      return id;
    },
    read: async (id, waitMs, signal) => {
      const running = all.get(id);
      if (!running) return undefined;
      if (running.state.kind === 'running' && running.unread.text() === '') await news(running, waitMs, clock, signal);
      const output = running.unread.text();
      running.unread = createKeptOutput(running.unread.maxChars);
      return { command: running.command, output, state: running.state };
    },
    kill: async (id) => {
      const running = all.get(id);
      if (running) await kill(running);
      return running !== undefined;
    },
    ids: () => [...all.keys()],
    end: async () => {
      await Promise.all(underWay().map(kill));
    },
  };
}

/** The one catch of what runs beside the calls: nobody awaits it who could be told otherwise. */
async function stateAtEnd(run: () => Promise<CommandResult>): Promise<State> {
  try {
    const result = await run();
    return result.kind === 'not-started' ? result : { kind: 'ended', result };
  } catch (error) {
    if (error instanceof AbortError) return { kind: 'killed' };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

function forgetOldest(all: Map<string, Running>): void {
  for (const [id, { state }] of all) {
    if (all.size <= MAX_KEPT) return;
    if (state.kind !== 'running') all.delete(id);
  }
}

/** Until it says something, ends, or `waitMs` are over. */
async function news(
  { waiting }: Running,
  waitMs: number,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<void> {
  if (waitMs === 0) return;
  const owned = new DisposableStore();
  const sleeping = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      waiting.add(resolve);
      owned.add({ dispose: () => waiting.delete(resolve) });
      owned.add(onAbort(signal, () => reject(new AbortError(signal.reason))));
      clock.sleep(waitMs, sleeping.signal).then(resolve, () => undefined);
    });
  } finally {
    sleeping.abort();
    owned.dispose();
  }
}
