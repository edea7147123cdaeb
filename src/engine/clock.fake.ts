import { AbortError, onAbort } from '../base/abort.ts';
import type { Clock } from './ports.ts';

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that a test turns by hand. */
export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now: number;

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        wakeAt: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
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

  /** How many sleep: 0 once everything has ended. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets `ms` pass, waking sleepers in the order of their times; what each of them starts runs before the next wakes. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#next();
      if (!next || next.wakeAt > until) break;
      this.#now = Math.max(this.#now, next.wakeAt);
      next.wake();
    }
    this.#now = until;
    await settled();
  }

  /** Lets time pass until nobody sleeps. */
  async runAll(): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#next();
      if (!next) return;
      await this.advance(Math.max(0, next.wakeAt - this.#now));
    }
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (!first || sleeper.wakeAt < first.wakeAt) first = sleeper;
    }
    return first;
  }
}

/** Everything that can happen without time passing has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
