import type { Opened } from './quickJsSandbox.ts';

/** Longer than a launch takes from the check of its script to its first step. */
const KEPT_MS = 10_000;

/** One thread that has compiled a script and nothing else, until that script is started or a while has passed. */
export class SpareThread {
  #kept: { readonly body: string; readonly opened: Opened; readonly timer: NodeJS.Timeout } | null = null;
  readonly #end = (): void => void this.#release()?.worker.terminate();

  keep(body: string, opened: Opened): void {
    this.#end();
    // Whoever only had a script checked does not wait for the thread.
    opened.worker.once('error', this.#end).once('exit', this.#end).unref();
    this.#kept = { body, opened, timer: setTimeout(this.#end, KEPT_MS).unref() };
  }

  /** Null when no thread has compiled just this script. */
  take(body: string): Opened | null {
    if (this.#kept?.body !== body) return null;
    const opened = this.#release();
    opened?.worker.ref();
    return opened;
  }

  #release(): Opened | null {
    if (this.#kept === null) return null;
    const { opened, timer } = this.#kept;
    this.#kept = null;
    clearTimeout(timer);
    opened.worker.off('error', this.#end).off('exit', this.#end);
    return opened;
  }
}
