import { isAbort, onAbort } from '../base/abort.ts';
import { Waiters } from '../base/waiters.ts';
import type { Clock } from '../engine/ports.ts';
import type { EventBody } from '../protocol/messages.ts';
import type { PauseReason } from '../protocol/run.ts';
import { sleepUntil } from './limiterGate.ts';

interface PauseDeps {
  readonly clock: Clock;
  readonly emit: (event: EventBody) => void;
  readonly onChange: (paused: boolean) => void;
  /** The run's end, with which nothing waits any more. */
  readonly signal: AbortSignal;
}

interface Standing {
  readonly message: string;
  /** Null: until a person says so. */
  readonly until: number | null;
}

/**
 * Whether a run stands still, and why: no agent starts and none asks its model. Several reasons may hold at once; it goes
 * on when none does (W46, X07).
 */
export class Pause {
  /** The run's own time: it stands while the run does, and whoever sleeps by it sleeps so much longer. */
  readonly runTime: Clock = {
    now: () => this.#deps.clock.now() - this.pausedMs(),
    sleep: (ms, signal) => this.#sleep(ms, signal),
  };
  readonly #deps: PauseDeps;
  readonly #reasons = new Map<PauseReason, Standing>();
  readonly #waiters = new Waiters();
  #since = 0;
  #pausedMs = 0;
  #alarm: AbortController | null = null;

  constructor(deps: PauseDeps) {
    this.#deps = deps;
  }

  get paused(): boolean {
    return this.#reasons.size > 0;
  }

  pausedBy(reason: PauseReason): boolean {
    return this.#reasons.has(reason);
  }

  /** Milliseconds that the run has stood still so far. */
  pausedMs(): number {
    return this.#pausedMs + (this.paused ? this.#deps.clock.now() - this.#since : 0);
  }

  /** The same reason again only puts its end off. */
  begin(reason: PauseReason, message: string, until: number | null = null): void {
    const known = this.#reasons.get(reason);
    if (known && (known.until === null || (until !== null && until <= known.until))) return;
    const { clock, emit, onChange } = this.#deps;
    if (!this.paused) this.#since = clock.now();
    const first = !this.paused;
    this.#reasons.set(reason, { message, until });
    emit({ type: 'run.paused', reason, message, until });
    if (first) onChange(true);
    if (until !== null) void this.#endAt(reason, until);
  }

  /** Lifts one reason, or all of them; false when there was none to lift. */
  end(reason?: PauseReason): boolean {
    const before = this.#reasons.size;
    if (reason === undefined) this.#reasons.clear();
    else this.#reasons.delete(reason);
    if (this.#reasons.size === before) return false;
    const { clock, emit, onChange } = this.#deps;
    const [other] = this.#reasons;
    if (other) {
      const [left, { message, until }] = other;
      emit({ type: 'run.paused', reason: left, message, until });
      return true;
    }
    this.#alarm?.abort();
    this.#pausedMs += clock.now() - this.#since;
    emit({ type: 'run.continued' });
    onChange(false);
    this.#waiters.wake();
    return true;
  }

  /** Resolves when the run goes on, at once when it does. */
  opened(signal: AbortSignal): Promise<void> {
    return this.paused ? this.#waiters.next(signal) : Promise.resolve();
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.runTime.now() + ms;
    for (let left = ms; left > 0; left = until - this.runTime.now()) {
      await this.#deps.clock.sleep(left, signal);
      await this.opened(signal);
    }
  }

  async #endAt(reason: PauseReason, until: number): Promise<void> {
    const { clock, signal } = this.#deps;
    this.#alarm?.abort();
    const alarm = new AbortController();
    this.#alarm = alarm;
    const listening = onAbort(signal, () => alarm.abort());
    try {
      await sleepUntil(clock, until, alarm.signal);
      this.end(reason);
    } catch (error) {
      if (!isAbort(error)) throw error;
    } finally {
      listening.dispose();
    }
  }
}
