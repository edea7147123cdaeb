import { watch, type FSWatcher } from 'node:fs';
import type { Disposable } from '../base/disposable.ts';

/** Changes that come within so many milliseconds are told once. */
const COALESCE_MS = 150;
/** The system's watcher may miss a change, knows no folder before it exists, and never tells that a process died. */
const TICK_MS = 3000;

/** Says that something may have changed in folders that need not exist yet. */
export class FolderWatch implements Disposable {
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #tick: NodeJS.Timeout;
  #folders: ReadonlySet<string> = new Set();
  #soon: NodeJS.Timeout | null = null;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#tick = setInterval(() => {
      this.#watchMissing();
      onChange();
    }, TICK_MS);
    this.#tick.unref();
  }

  /** These from now on, and no others. What lies deeper in them does not count. */
  follow(folders: ReadonlySet<string>): void {
    this.#folders = folders;
    for (const folder of [...this.#watchers.keys()]) if (!folders.has(folder)) this.#drop(folder);
    this.#watchMissing();
  }

  dispose(): void {
    clearInterval(this.#tick);
    if (this.#soon !== null) clearTimeout(this.#soon);
    for (const folder of [...this.#watchers.keys()]) this.#drop(folder);
  }

  #watchMissing(): void {
    for (const folder of this.#folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#changed());
        watcher.on('error', () => this.#drop(folder));
        this.#watchers.set(folder, watcher);
      } catch {
        // It is not there yet, or the system has no watcher left: the tick serves.
      }
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #changed(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#onChange();
    }, COALESCE_MS);
  }
}
