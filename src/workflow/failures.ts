import type { Failure } from '../protocol/run.ts';

/** What of a run did not become a result. Those alike are one entry: a loop that tries again may fail thousands of times. */
export class Failures {
  readonly #all = new Map<string, Failure>();

  /** Gives the entry as it is now: with `times`, once there are several alike. */
  add(failure: Omit<Failure, 'times'>): Failure {
    const { cause, message, label, agentId } = failure;
    const key = JSON.stringify([cause, message, label, agentId]);
    const known = this.#all.get(key);
    const entry = known ? { ...known, times: (known.times ?? 1) + 1 } : failure;
    this.#all.set(key, entry);
    return entry;
  }

  /** In the order in which the first of each came. */
  get all(): readonly Failure[] {
    return [...this.#all.values()];
  }
}
