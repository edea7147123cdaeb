import { untilAborted } from '../../base/abort.ts';

/**
 * Whoever works on the same paths takes turns, first come first served; on other paths they go on side by side. All the
 * paths of one are taken in one step, so nobody waits in a circle.
 */
export class PathTurns {
  /** By path: settled when all that have asked for it so far are done. Never rejects. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `body` in its turn; `waited` tells whether somebody had one before. Rejects with AbortError when the signal fires before. */
  async within<T>(paths: readonly string[], signal: AbortSignal, body: (waited: boolean) => Promise<T>): Promise<T> {
    const before = paths.flatMap((path) => this.#last.get(path) ?? []);
    let end = (): void => undefined;
    const own = new Promise<void>((resolve) => (end = resolve));
    // One that gives up while it waits does not let the next one past those before it.
    const done = Promise.all([...before, own]);
    for (const path of paths) this.#last.set(path, done);
    let begun = false;
    try {
      await untilAborted(Promise.all(before), signal);
      begun = true;
      return await body(before.length > 0);
    } finally {
      end();
      if (begun) this.#forget(paths, done);
      else void done.then(() => this.#forget(paths, done));
    }
  }

  #forget(paths: readonly string[], done: Promise<unknown>): void {
    for (const path of paths) if (this.#last.get(path) === done) this.#last.delete(path);
  }
}
