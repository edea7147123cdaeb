import type { QueuedChange } from './landing/chain.ts';
import type { Outcome, Settle } from './landing/landBatch.ts';

/** Tested together: a failure costs few runs of the command more, a success spares nine of ten. */
const TESTED_AT_ONCE = 10;
/** Without a command there is nothing to find out by halves. */
const UNTESTED_AT_ONCE = 100;

/** Lands the changes of one batch, which share `verify`; settles each as soon as it is known how it fares. */
export type LandBatch = (queue: readonly QueuedChange[], verify: string | undefined, settle: Settle) => Promise<void>;

/** Why a change does not land after all, or null; asked when its turn has come. */
export type Refuse = () => Outcome | null;

interface Waiting {
  readonly queued: QueuedChange;
  readonly verify: string | undefined;
  readonly refuse: Refuse;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/**
 * A run's merge queue: first come, first served, one batch at a time onto the integration branch. Changes that wait with
 * the same command make a batch. Works on objects and refs; the person's checkout is never touched (X03).
 */
export class MergeQueue {
  readonly #land: LandBatch;
  readonly #waiting: Waiting[] = [];
  #draining = false;

  constructor(land: LandBatch) {
    this.#land = land;
  }

  land(queued: QueuedChange, verify: string | undefined, refuse: Refuse = () => null): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ queued, verify, refuse, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  /** Never rejects: what goes wrong is told to those whom it concerns. */
  async #drain(): Promise<void> {
    this.#draining = true;
    // What is queued in the same breath lands together.
    await Promise.resolve();
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#landTogether(batch);
    this.#draining = false;
  }

  #take(): readonly Waiting[] {
    const verify = this.#waiting[0]?.verify;
    const other = this.#waiting.findIndex((waiting) => waiting.verify !== verify);
    const same = other < 0 ? this.#waiting.length : other;
    return this.#waiting.splice(0, Math.min(same, verify === undefined ? UNTESTED_AT_ONCE : TESTED_AT_ONCE));
  }

  async #landTogether(batch: readonly Waiting[]): Promise<void> {
    const landing = new Map<QueuedChange, Waiting>();
    for (const waiting of batch) {
      const refusal = waiting.refuse();
      if (refusal) waiting.resolve(refusal);
      else landing.set(waiting.queued, waiting);
    }
    try {
      await this.#land([...landing.keys()], batch[0]?.verify, (queued, outcome) =>
        landing.get(queued)?.resolve(outcome),
      );
      for (const waiting of landing.values())
        waiting.reject(new Error('The merge queue has said nothing of a change.'));
    } catch (error) {
      for (const waiting of landing.values()) waiting.reject(error);
    }
  }
}
