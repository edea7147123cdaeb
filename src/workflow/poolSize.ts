import type { Disposable } from '../base/disposable.ts';
import { ELASTIC_AGENTS, type Concurrency } from '../protocol/run.ts';
import type { Pool } from './pool.ts';

/** How many agents a run has at once: as many as a person says, or as the machine bears (W37). */
export class PoolSize implements Disposable {
  readonly #pool: Pool;
  readonly #follow: () => Disposable;
  #following: Disposable | null = null;

  /** `follow` has the pool follow the machine from its size on, until it is disposed. The pool has the size of `start`. */
  constructor(pool: Pool, start: Concurrency, follow: () => Disposable) {
    this.#pool = pool;
    this.#follow = follow;
    if (start === 'elastic') this.#following = follow();
  }

  /** Agents above a smaller size come to their end. */
  set(concurrency: Concurrency): void {
    // What the machine has taken from an elastic one it gives back by itself.
    if (concurrency === 'elastic' && this.#following) return;
    this.dispose();
    this.#pool.resize(sizeOf(concurrency));
    if (concurrency === 'elastic') this.#following = this.#follow();
  }

  dispose(): void {
    this.#following?.dispose();
    this.#following = null;
  }
}

/** At ease. */
export function sizeOf(concurrency: Concurrency): number {
  return concurrency === 'elastic' ? ELASTIC_AGENTS : concurrency;
}
