import type { Failure } from '../protocol/run.ts';

/** What of a run did not become a result. Those alike are one entry: a loop that tries again may fail thousands of times. */
export class Failures {
  readonly #all = new Map<string, Failure>();
  readonly #thrown = new WeakSet<Error>();
  /** How often each message came, of whatever. */
  readonly #times = new Map<string, number>();

  /** Gives the entry as it is now: with `times`, once there are several alike. `thrown`: how the script is told of it. */
  add(failure: Failure, thrown?: Error): Failure {
    if (thrown) this.#thrown.add(thrown);
    const { cause, message, label, agentId, times = 1 } = failure;
    const key = JSON.stringify([cause, message, label, agentId]);
    const known = this.#all.get(key);
    const entry = known ? { ...known, times: (known.times ?? 1) + times } : failure;
    this.#all.set(key, entry);
    this.#times.set(message, this.timesOf(message) + times);
    return entry;
  }

  timesOf(message: string): number {
    return this.#times.get(message) ?? 0;
  }

  /** Whether the script is told by this error of what is listed. */
  hasThrown(error: Error): boolean {
    return this.#thrown.has(error);
  }

  /** In the order in which the first of each came. */
  get all(): readonly Failure[] {
    return [...this.#all.values()];
  }
}
