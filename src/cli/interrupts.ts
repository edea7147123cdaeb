import type { Disposable } from '../base/disposable.ts';
import { EXIT } from './commandError.ts';
import type { Io } from './io.ts';

/** Ctrl-C, counted: the first asks what is under way to stop, the second leaves at once. */
export class Interrupts implements Disposable {
  readonly #listening: Disposable;
  #asked = false;
  #onFirst: () => void = () => undefined;
  #onSecond: () => void = () => undefined;

  constructor(io: Io) {
    this.#listening = io.onInterrupt(() => {
      if (this.#asked) {
        this.#onSecond();
        io.exit(EXIT.interrupted);
        return;
      }
      this.#asked = true;
      this.#onFirst();
    });
  }

  /** Somebody wants us to stop. */
  get asked(): boolean {
    return this.#asked;
  }

  /** `onFirst` is called at once when the first has come already; `onSecond` just before the process ends. */
  handle(onFirst: () => void, onSecond: () => void): void {
    this.#onFirst = onFirst;
    this.#onSecond = onSecond;
    if (this.#asked) onFirst();
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
