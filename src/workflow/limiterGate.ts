import { AbortError, isAbort, onAbort, throwIfAborted } from '../base/abort.ts';
import type { ModelFailure } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';

/** How a request that held a slot ended: `weather` is a refusal for the time being (429, 529). */
export type Outcome = 'success' | 'weather' | 'other';

/** One caller on its way to an answer, over all its attempts. */
export interface Caller {
  /** In the order of arrival: who came first goes first, also after a wait. */
  readonly ticket: number;
  /** Milliseconds since 1970 after which it no longer waits for the weather; unset before the first wait. */
  giveUpAt?: number;
  readonly onHold: (failure: ModelFailure, delayMs: number) => void;
}

interface Waiter {
  readonly caller: Caller;
  /** With a slot it may send its request; with a failure it has waited enough. */
  readonly admit: (answer: Slot | ModelFailure) => void;
}

interface Hold {
  readonly until: number;
  readonly failure: ModelFailure;
}

/** A slot, to be given back with `leave`. */
export interface Slot {
  readonly kind: 'slot';
  readonly round: number;
}

/** How long a caller waits for the weather in all: 15 minutes. */
export const PATIENCE_MS = 15 * 60_000;

/**
 * The way to one model: at most `limit` requests at once, none while the service has asked for a pause. The limit
 * halves when the service refuses and grows by one for as many successes as it counts (additive increase,
 * multiplicative decrease, as TCP does it: once for all that was under way together).
 */
export class LimiterGate {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #queue: Waiter[] = [];
  #limit: number;
  #running = 0;
  #successes = 0;
  #round = 0;
  #tickets = 0;
  #hold: Hold | null = null;
  #alarm: AbortController | null = null;

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
    this.#limit = max;
  }

  get load(): { readonly limit: number; readonly running: number; readonly waiting: number } {
    return { limit: this.#limit, running: this.#running, waiting: this.#queue.length };
  }

  newTicket(): number {
    return this.#tickets++;
  }

  /** Resolves to a slot, or to the failure that explains why waiting on is pointless. */
  async enter(caller: Caller, signal: AbortSignal): Promise<Slot | ModelFailure> {
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        caller,
        admit: (answer) => {
          listening.dispose();
          resolve(answer);
        },
      };
      const listening = onAbort(signal, () => {
        this.#remove(waiter);
        reject(new AbortError(signal.reason));
      });
      this.#insert(waiter);
      if (this.#held()) this.#tell(waiter);
      this.#pump();
    });
  }

  leave(slot: Slot, outcome: Outcome): void {
    if (outcome === 'success') this.#grow();
    if (outcome === 'weather' && slot.round === this.#round) this.#shrink();
    this.#running -= 1;
    this.#pump();
  }

  /** Nobody sends before `until`. */
  hold(until: number, failure: ModelFailure): void {
    if (this.#hold && this.#hold.until >= until) return;
    this.#hold = { until, failure };
    for (const waiter of [...this.#queue]) this.#tell(waiter);
    // An alarm for an earlier end wakes into this hold and sleeps on.
    this.#pump();
  }

  #grow(): void {
    this.#successes += 1;
    if (this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit = Math.min(this.#max, this.#limit + 1);
  }

  #shrink(): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#running) / 2));
    this.#successes = 0;
    this.#round += 1;
  }

  #insert(waiter: Waiter): void {
    const after = this.#queue.findLastIndex((other) => other.caller.ticket < waiter.caller.ticket);
    this.#queue.splice(after + 1, 0, waiter);
  }

  #remove(waiter: Waiter): void {
    const at = this.#queue.indexOf(waiter);
    if (at >= 0) this.#queue.splice(at, 1);
    if (this.#queue.length === 0) this.#alarm?.abort();
  }

  #held(): Hold | null {
    return this.#hold && this.#hold.until > this.#clock.now() ? this.#hold : null;
  }

  /** Tells a waiting caller of the hold; one whose patience ends before it does leaves with the hold's failure. */
  #tell(waiter: Waiter): void {
    const hold = this.#held();
    if (!hold) return;
    const now = this.#clock.now();
    waiter.caller.giveUpAt ??= now + PATIENCE_MS;
    if (hold.until <= waiter.caller.giveUpAt) {
      waiter.caller.onHold(hold.failure, hold.until - now);
      return;
    }
    this.#remove(waiter);
    waiter.admit(hold.failure);
  }

  #pump(): void {
    const hold = this.#held();
    if (hold) {
      if (this.#queue.length > 0) void this.#wake(hold.until);
      return;
    }
    while (this.#running < this.#limit) {
      const waiter = this.#queue.shift();
      if (!waiter) return;
      this.#running += 1;
      waiter.admit({ kind: 'slot', round: this.#round });
    }
  }

  async #wake(at: number): Promise<void> {
    if (this.#alarm && !this.#alarm.signal.aborted) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    try {
      await this.#clock.sleep(at - this.#clock.now(), alarm.signal);
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    if (this.#alarm !== alarm) return;
    this.#alarm = null;
    this.#pump();
  }
}
