import { AbortError, onAbort } from '../../base/abort.ts';
import type { Clock } from '../../engine/ports.ts';

interface Sleeper {
  readonly at: number;
  readonly cause: string | null;
  readonly wake: () => void;
}

/**
 * A clock that stands until it is told to go to the next moment at which somebody wants to be woken. It also hands on for
 * whom things happen: whatever sleeps wakes with the cause that it fell asleep with.
 */
export class VirtualClock implements Clock {
  /** The agent whose answer brought about what happens now. */
  cause: string | null = null;
  readonly #sleepers = new Set<Sleeper>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        cause: this.cause,
        wake: () => {
          listening.dispose();
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      const listening = onAbort(signal, () => {
        this.#sleepers.delete(sleeper);
        reject(new AbortError(signal.reason));
      });
    });
  }

  /** Wakes who sleeps shortest, of several the one who fell asleep first; false when nobody sleeps. */
  next(): boolean {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (!first || sleeper.at < first.at) first = sleeper;
    if (!first) return false;
    this.#sleepers.delete(first);
    this.#now = first.at;
    this.cause = first.cause;
    first.wake();
    return true;
  }
}
