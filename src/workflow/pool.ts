import { AbortError, onAbort } from '../base/abort.ts';

interface Waiter {
  readonly start: () => void;
}

/**
 * Slots for agents: at most `size` at once, first come first served. A task that is aborted while it waits rejects
 * with AbortError and never starts.
 */
export class Pool {
  #size: number;
  #running = 0;
  #waiting = 0;
  // A queue with a moving head: shift() on an array of thousands is what makes other pools slow.
  #queue: (Waiter | undefined)[] = [];
  #head = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }
  get running(): number {
    return this.#running;
  }
  get waiting(): number {
    return this.#waiting;
  }

  /** Counts at once for tasks that wait; running ones are left to end. */
  resize(size: number): void {
    this.#size = size;
    this.#startWaiting();
  }

  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#slot(signal);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#startWaiting();
    }
  }

  #slot(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    if (this.#running < this.#size) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const index = this.#queue.length;
      // Aborted waiters leave a hole, which the head skips.
      const listening = onAbort(signal, () => {
        this.#queue[index] = undefined;
        this.#waiting -= 1;
        reject(new AbortError(signal.reason));
      });
      const waiter: Waiter = {
        start: () => {
          listening.dispose();
          resolve();
        },
      };
      this.#queue.push(waiter);
      this.#waiting += 1;
    });
  }

  #startWaiting(): void {
    while (this.#running < this.#size && this.#head < this.#queue.length) {
      const waiter = this.#queue[this.#head];
      this.#queue[this.#head] = undefined;
      this.#head += 1;
      if (!waiter) continue;
      this.#running += 1;
      this.#waiting -= 1;
      waiter.start();
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
  }
}
