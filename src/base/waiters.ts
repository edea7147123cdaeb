import { AbortError, onAbort } from './abort.ts';

/** Those who wait for something to change; each leaves when its own signal fires. */
export class Waiters {
  readonly #all = new Set<() => void>();

  /** Resolves at the next `wake`. Rejects with AbortError when the signal fires, at once if it has. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    return new Promise((resolve, reject) => {
      const listening = onAbort(signal, () => {
        this.#all.delete(go);
        reject(new AbortError(signal.reason));
      });
      const go = (): void => {
        this.#all.delete(go);
        listening.dispose();
        resolve();
      };
      this.#all.add(go);
    });
  }

  /** Lets all go, in the order in which they came. */
  wake(): void {
    for (const go of [...this.#all]) go();
  }
}
