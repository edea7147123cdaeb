import { isAbort } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Clock } from '../engine/ports.ts';

interface StopwatchDeps {
  readonly clock: Clock;
  /** Milliseconds that the run has stood still so far: they do not count. */
  readonly pausedMs: () => number;
  readonly onUp: () => void;
}

/** While a run stands still nothing is gained by looking more often. */
const LOOK_AGAIN_MS = 1_000;
/** Timers know little more than three weeks. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

/** Time on the wall against a limit: runs, stops and goes on; what a run spends paused does not count (W35). */
export class Stopwatch implements Disposable {
  readonly #deps: StopwatchDeps;
  #limitMs: number | null;
  #before: number;
  /** The time at which it went on, null while it stands. */
  #since: number | null = null;
  #sleep: AbortController | null = null;

  constructor(deps: StopwatchDeps, limitMs: number | null, beforeMs = 0) {
    this.#deps = deps;
    this.#limitMs = limitMs;
    this.#before = beforeMs;
  }

  get elapsedMs(): number {
    return this.#before + (this.#since === null ? 0 : this.#active() - this.#since);
  }

  get limitMs(): number | null {
    return this.#limitMs;
  }

  get isUp(): boolean {
    return this.#limitMs !== null && this.elapsedMs >= this.#limitMs;
  }

  start(): void {
    if (this.#since !== null) return;
    this.#since = this.#active();
    this.#watch();
  }

  stop(): void {
    this.#before = this.elapsedMs;
    this.#since = null;
    this.#watch();
  }

  limitTo(limitMs: number | null): void {
    this.#limitMs = limitMs;
    this.#watch();
  }

  dispose(): void {
    this.stop();
  }

  /** Milliseconds without those in which the run stood still. */
  #active(): number {
    return this.#deps.clock.now() - this.#deps.pausedMs();
  }

  #watch(): void {
    this.#sleep?.abort('stopped');
    this.#sleep = null;
    if (this.#since === null || this.#limitMs === null) return;
    this.#sleep = new AbortController();
    void this.#untilUp(this.#sleep.signal);
  }

  async #untilUp(signal: AbortSignal): Promise<void> {
    try {
      let least = 0;
      for (;;) {
        const left = (this.#limitMs ?? Infinity) - this.elapsedMs;
        if (left <= 0) break;
        await this.#deps.clock.sleep(Math.min(Math.max(left, least), LONGEST_SLEEP_MS), signal);
        least = LOOK_AGAIN_MS;
      }
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    this.#deps.onUp();
  }
}
