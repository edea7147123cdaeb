import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { AbortError, onAbort } from '../base/abort.ts';
import type { OnQueued } from '../workflow/commands.ts';

/** What uses cores (commands, the filling of worktrees) passes here, so that many agents do not choke the machine. */
export interface Gate {
  /** Runs `work` when there is room, first come first served. Rejects with AbortError when the signal fires before. */
  run<T>(work: () => Promise<T>, signal: AbortSignal, onQueued?: OnQueued): Promise<T>;
  /** How many at once; a change counts from the next one on. At least 1. */
  concurrency: number;
}

/** Leaves one core to the editor (W37). */
const defaultGateConcurrency = (): number => Math.max(1, availableParallelism() - 1);

/** Work inside the gate must not pass the same gate again: with a concurrency of 1 it would wait for itself. */
export function createGate(concurrency: number = defaultGateConcurrency()): Gate {
  const limit = pLimit(concurrency);
  return {
    get concurrency() {
      return limit.concurrency;
    },
    set concurrency(value) {
      limit.concurrency = Math.max(1, Math.floor(value));
    },
    run: (work, signal, onQueued) =>
      new Promise((resolve, reject) => {
        const queued = Promise.withResolvers<null>();
        if (limit.activeCount + limit.pendingCount >= limit.concurrency) onQueued?.(queued.promise);
        const waiting = onAbort(signal, () => {
          queued.resolve(null);
          reject(new AbortError(signal.reason));
        });
        void limit(async () => {
          waiting.dispose();
          queued.resolve(null);
          if (!signal.aborted) await work().then(resolve, reject);
        });
      }),
  };
}
