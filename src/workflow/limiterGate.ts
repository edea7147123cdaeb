import { AbortError, isAbort, onAbort } from '../base/abort.ts';
import type { ModelFailure, ReplyHead } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';
import { Capacity, type Hold, type Outcome, type Pass, type Refusal } from './capacity.ts';

/** What an agent waits for, and how long at least. */
export interface Wait {
  readonly message: string;
  /** Milliseconds; 0 where nobody knows. */
  readonly delayMs: number;
  /** `queue`: its turn. `quota`: a time that the provider named, maybe hours away. */
  readonly code: Hold['code'] | 'server' | 'network' | 'stalled' | 'queue';
  /** Milliseconds since 1970 at which it goes on by itself. */
  readonly until?: number;
}

/** One caller on its way to an answer, over all its attempts. */
export interface Caller {
  /** In the order of arrival: who came first goes first, also after a wait. */
  readonly ticket: number;
  /** Milliseconds since 1970; absent until it has to wait for the weather. */
  refusedAt?: number;
  /** A wait that lasts, while it queues. */
  readonly onWait: (wait: Wait) => void;
}

interface Waiter {
  readonly caller: Caller;
  readonly since: number;
  state: 'waits' | 'told' | 'gone';
  readonly admit: (answer: Pass | ModelFailure) => void;
}

/** A wait this long is worth telling, and worth giving a place in the pool up for. */
export const LASTING_MS = 1_000;
/** How long a caller waits for a service that lets nobody through. */
const PATIENCE_MS = 15 * 60_000;
/** So long a fatal answer counts for all; a key may be mended meanwhile. */
const FATAL_MS = 5_000;
/** Timers stand still while a machine sleeps, and overflow after 24 days: no single one is longer. */
const LONGEST_SLEEP_MS = 60_000;

export interface GateDeps {
  readonly clock: Clock;
  /** How long to wait after so many refusals in a row. */
  readonly backoffMs: (refusals: number) => number;
}

/** The way to one model: callers queue here, first come first served, for what its capacity lets through. */
export class LimiterGate {
  readonly #model: string;
  readonly #deps: GateDeps;
  readonly #capacity: Capacity;
  readonly #queue: Waiter[] = [];
  /** In the order in which they came. */
  #untold: Waiter[] = [];
  #tickets = 0;
  #toldHold: Hold | null = null;
  #fatal: { readonly failure: ModelFailure; readonly until: number } | null = null;
  #alarm: { readonly at: number; readonly abort: AbortController } | null = null;

  constructor(model: string, deps: GateDeps, max: number) {
    this.#model = model;
    this.#deps = deps;
    this.#capacity = new Capacity(model, max);
  }

  get load(): { readonly limit: number; readonly running: number; readonly waiting: number } {
    return { limit: this.#capacity.limit, running: this.#capacity.running, waiting: this.#queue.length };
  }

  newTicket(): number {
    return this.#tickets++;
  }

  /** A pass, or the failure that explains why waiting is pointless; null: the caller has to queue. */
  tryEnter(caller: Caller): Pass | ModelFailure | null {
    const now = this.#deps.clock.now();
    if (this.#fatal && this.#fatal.until > now) return this.#fatal.failure;
    const first = this.#queue[0];
    return first && first.caller.ticket < caller.ticket ? null : this.#capacity.take(now);
  }

  /** Resolves as `tryEnter` once it is the caller's turn; rejects with AbortError. */
  enter(caller: Caller, signal: AbortSignal): Promise<Pass | ModelFailure> {
    return new Promise((resolve, reject) => {
      const now = this.#deps.clock.now();
      const waiter: Waiter = {
        caller,
        since: now,
        state: 'waits',
        admit: (answer) => {
          this.#remove(waiter);
          listening.dispose();
          resolve(answer);
        },
      };
      const after = this.#queue.findLastIndex((other) => other.caller.ticket < caller.ticket);
      this.#queue.splice(after + 1, 0, waiter);
      this.#untold.push(waiter);
      const listening = onAbort(signal, () => {
        this.#remove(waiter);
        reject(new AbortError(signal.reason));
      });
      const hold = this.#capacity.hold(now);
      if (hold) this.#tellOf(hold, waiter, now);
      this.#pump(now);
    });
  }

  /** Resolves when a request may go out with this pass, which counts as sent then: there may be a hold since it was given. */
  async toSend(pass: Pass, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      const hold = this.#capacity.holdFor(pass, clock.now());
      if (!hold) break;
      await sleepUntil(clock, hold.until, signal);
    }
    this.#capacity.sending(pass, clock.now());
  }

  head(pass: Pass, head: ReplyHead): void {
    const now = this.#deps.clock.now();
    this.#capacity.head(pass, head, now);
    this.#pump(now);
  }

  /** The service refuses for the time being. Returns when it may be asked again, in milliseconds since 1970. */
  refused(pass: Pass, failure: Refusal): number {
    const now = this.#deps.clock.now();
    this.#capacity.refused(pass, failure, this.#deps.backoffMs, now);
    this.#pump(now);
    return this.#capacity.hold(now)?.until ?? now;
  }

  /** True when the service lets nobody through until long after this caller was first refused. */
  outOfPatience(caller: Caller, until: number): boolean {
    caller.refusedAt ??= this.#deps.clock.now();
    return until > Math.max(caller.refusedAt, this.#capacity.acceptedAt) + PATIENCE_MS;
  }

  /** Nothing but a person helps: those who wait get the same failure, and so do those who come soon. */
  fail(failure: ModelFailure): void {
    this.#fatal = { failure, until: this.#deps.clock.now() + FATAL_MS };
    this.#capacity.startAgain();
    for (const waiter of [...this.#queue]) waiter.admit(failure);
  }

  leave(pass: Pass, outcome: Outcome): void {
    const now = this.#deps.clock.now();
    this.#capacity.ended(pass, outcome, now);
    this.#pump(now);
  }

  #remove(waiter: Waiter): void {
    waiter.state = 'gone';
    const at = this.#queue.indexOf(waiter);
    if (at >= 0) this.#queue.splice(at, 1);
    if (this.#queue.length > 0) return;
    this.#untold = [];
    this.#alarm?.abort.abort();
    this.#alarm = null;
  }

  /** Lets through who may go, tells who waits, and sets the alarm for what happens by itself. */
  #pump(now: number): void {
    const hold = this.#capacity.hold(now);
    if (hold && hold !== this.#toldHold) {
      this.#toldHold = hold;
      for (const waiter of [...this.#queue]) this.#tellOf(hold, waiter, now);
    }
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const pass = this.#capacity.take(now);
      if (!pass) break;
      next.admit(pass);
    }
    if (this.#queue.length === 0) return;
    this.#tellOverdue(now);
    this.#wakeAt(Math.min(this.#capacity.nextChange(now), (this.#untold[0]?.since ?? Infinity) + LASTING_MS), now);
  }

  /** One whose patience ends before the hold does leaves with its failure. */
  #tellOf(hold: Hold, waiter: Waiter, now: number): void {
    if (hold.quiet) return;
    if (hold.failure && this.outOfPatience(waiter.caller, hold.until)) waiter.admit(hold.failure);
    else if (hold.until >= now + LASTING_MS) this.#tell(waiter, now);
  }

  #tellOverdue(now: number): void {
    for (let first = this.#untold[0]; first; first = this.#untold[0]) {
      if (first.state === 'waits' && first.since + LASTING_MS > now) return;
      this.#untold.shift();
      if (first.state === 'waits') this.#tell(first, now);
    }
  }

  #tell(waiter: Waiter, now: number): void {
    waiter.state = 'told';
    const hold = this.#capacity.hold(now);
    if (hold) {
      const { message, code, until } = hold;
      waiter.caller.onWait({ message, code, until, delayMs: until - now });
      return;
    }
    const message = `${this.#model} answers ${this.#capacity.running} at once; ${this.#queue.length} wait for their turn.`;
    waiter.caller.onWait({ message, code: 'queue', delayMs: 0 });
  }

  #wakeAt(at: number, now: number): void {
    if (at === Infinity || (this.#alarm && this.#alarm.at <= at)) return;
    this.#alarm?.abort.abort();
    const alarm = { at, abort: new AbortController() };
    this.#alarm = alarm;
    this.#deps.clock.sleep(Math.min(at - now, LONGEST_SLEEP_MS), alarm.abort.signal).then(
      () => {
        if (this.#alarm !== alarm) return;
        this.#alarm = null;
        this.#pump(this.#deps.clock.now());
      },
      (error: unknown) => {
        if (!isAbort(error)) throw error;
      },
    );
  }
}

/** Also when the machine sleeps meanwhile. */
export async function sleepUntil(clock: Clock, until: number, signal: AbortSignal): Promise<void> {
  for (let now = clock.now(); now < until; now = clock.now()) {
    await clock.sleep(Math.min(until - now, LONGEST_SLEEP_MS), signal);
  }
}
