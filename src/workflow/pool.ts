import { AbortError, AbortListener, listenTo } from '../base/abort.ts';

/**
 * An agent's place among those that work. An agent that another agent starts is given its parent's slot and takes none
 * of its own: a pool of 1 would deadlock.
 */
export interface Slot {
  /**
   * Gives the place to the next while `wait` lasts, then queues for one again, ahead of all that have not started.
   * Settles as `wait` does, once there is a place; rejects with AbortError when the signal fires before.
   */
  lend<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T>;
  /**
   * For a task that begins anew: it keeps its place, or queues for one again, ahead of all that have not started, when it
   * has none or nothing may start now. Rejects with AbortError.
   */
  again(signal: AbortSignal): Promise<void>;
}

interface Place extends Slot {
  state: 'working' | 'lent' | 'ended';
}

/** More than so many that have lent their place let no newcomer start: each holds memory, and maybe a worktree. */
const MAX_LENT = 64;

/**
 * Slots for agents: at most `size` work at once, first come first served. A task that is aborted while it waits rejects
 * with AbortError and never starts (W37).
 */
export class Pool {
  readonly #newcomers = new Line();
  readonly #returning = new Line();
  #size: number;
  #running = 0;
  #lent = 0;
  #paused = false;

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }
  /** Agents that work. */
  get running(): number {
    return this.#running;
  }
  /** Agents that have not started. */
  get waiting(): number {
    return this.#newcomers.length;
  }
  /** Agents that wait for something else, or that are back and wait for their place. */
  get lent(): number {
    return this.#lent;
  }

  /** Counts at once for tasks that wait; running ones are left to end. */
  resize(size: number): void {
    this.#size = size;
    this.#startWaiting();
  }

  /** Nothing starts and nobody gets a lent place back until `resume`; what works goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#startWaiting();
  }

  run<T>(signal: AbortSignal, task: (slot: Slot) => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    if (this.#takes(this.#newcomers)) return this.#work(task);
    // Thousands may wait: until one has its place, nothing is kept for it but this.
    return new Promise((resolve, reject) => {
      new Waiter(this.#newcomers, signal, () => resolve(this.#work(task)), reject);
    });
  }

  async #work<T>(task: (slot: Slot) => Promise<T>): Promise<T> {
    const place: Place = {
      state: 'working',
      lend: (lendSignal, wait) => this.#lend(place, lendSignal, wait),
      again: (signal) => this.#again(place, signal),
    };
    try {
      return await task(place);
    } finally {
      if (place.state === 'working') this.#running -= 1;
      else this.#lent -= 1;
      place.state = 'ended';
      this.#startWaiting();
    }
  }

  async #lend<T>(place: Place, signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
    this.#give(place);
    try {
      return await wait();
    } finally {
      // A throw that is no abort is handled by somebody, who works on.
      if (!signal.aborted && place.state === 'lent') await this.#takeBack(place, signal);
    }
  }

  async #again(place: Place, signal: AbortSignal): Promise<void> {
    if (this.#paused || this.#running > this.#size) this.#give(place);
    if (place.state === 'lent') await this.#takeBack(place, signal);
  }

  #give(place: Place): void {
    if (place.state !== 'working') return;
    place.state = 'lent';
    this.#lent += 1;
    this.#leave();
  }

  async #takeBack(place: Place, signal: AbortSignal): Promise<void> {
    await this.#enter(this.#returning, signal);
    // Of several waits of one agent, another was back before; or the agent has ended without this one.
    if (place.state === 'lent') {
      place.state = 'working';
      this.#lent -= 1;
    } else this.#leave();
  }

  #leave(): void {
    this.#running -= 1;
    this.#startWaiting();
  }

  #enter(line: Line, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    if (this.#takes(line)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      new Waiter(line, signal, resolve, reject);
    });
  }

  /** Somebody who has just come, unless others were there before. */
  #takes(line: Line): boolean {
    if (line.length > 0 || !this.#admits(line)) return false;
    this.#running += 1;
    return true;
  }

  #admits(line: Line): boolean {
    if (this.#paused || this.#running >= this.#size) return false;
    return line === this.#returning || (this.#returning.length === 0 && this.#lent < MAX_LENT);
  }

  #startWaiting(): void {
    for (const line of [this.#returning, this.#newcomers]) {
      for (let waiter; this.#admits(line) && (waiter = line.next()) !== null;) {
        waiter.dispose();
        this.#running += 1;
        waiter.start();
      }
    }
  }
}

/** Somebody in a line; leaves it when the signal fires. */
class Waiter extends AbortListener {
  /** Its place in the line's list. */
  at = -1;
  readonly start: () => void;
  readonly #line: Line;
  readonly #signal: AbortSignal;
  readonly #reject: (error: AbortError) => void;

  constructor(line: Line, signal: AbortSignal, start: () => void, reject: (error: AbortError) => void) {
    super();
    this.start = start;
    this.#line = line;
    this.#signal = signal;
    this.#reject = reject;
    line.join(this);
    listenTo(signal, this);
  }

  override fire(): void {
    this.#line.leave(this);
    this.#reject(new AbortError(this.#signal.reason));
  }
}

/** First come first served. A queue with a moving head: shift() on an array of thousands is what makes other pools slow. */
class Line {
  #waiters: (Waiter | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  join(waiter: Waiter): void {
    waiter.at = this.#waiters.push(waiter) - 1;
    this.#length += 1;
  }

  /** Makes a hole, which the head skips. */
  leave({ at }: Waiter): void {
    this.#waiters[at] = undefined;
    this.#length -= 1;
    this.#tidy();
  }

  /** Takes the first one out; null when nobody waits. */
  next(): Waiter | null {
    while (this.#length > 0) {
      const waiter = this.#waiters[this.#head];
      this.#waiters[this.#head] = undefined;
      this.#head += 1;
      if (!waiter) continue;
      this.#length -= 1;
      this.#tidy();
      return waiter;
    }
    return null;
  }

  #tidy(): void {
    if (this.#length > 0) return;
    this.#waiters = [];
    this.#head = 0;
  }
}
