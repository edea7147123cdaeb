import type { Disposable } from '../base/disposable.ts';

/** Calls back once, `ms` after the first of several wishes: a run of a hundred agents changes many times a second. */
export class Soon implements Disposable {
  readonly #ms: number;
  readonly #act: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number, act: () => void) {
    this.#ms = ms;
    this.#act = act;
  }

  wish(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#act();
    }, this.#ms);
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
