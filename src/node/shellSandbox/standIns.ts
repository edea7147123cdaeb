import { mkdirSync, rmdirSync } from 'node:fs';
import type { Disposable } from '../../base/disposable.ts';

/**
 * Empty folders at paths where nothing is and nothing is to be made, for as long as commands run there. Of our own, and not
 * of each command's sandbox: of two commands at once the second would take the first one's for the person's, and find
 * it gone when it starts. Git does not see them.
 */
export class StandIns {
  readonly #held = new Map<string, number>();

  /** A path that is there already stays what it is. */
  hold(paths: readonly string[]): Disposable {
    const held = paths.filter((path) => this.#take(path));
    return {
      dispose: () => {
        for (const path of held.splice(0)) this.#give(path);
      },
    };
  }

  #take(path: string): boolean {
    const holders = this.#held.get(path) ?? 0;
    if (holders === 0 && !made(path)) return false;
    this.#held.set(path, holders + 1);
    return true;
  }

  #give(path: string): void {
    const holders = (this.#held.get(path) ?? 1) - 1;
    if (holders > 0) {
      this.#held.set(path, holders);
      return;
    }
    this.#held.delete(path);
    try {
      rmdirSync(path);
    } catch {
      // Somebody has put something there meanwhile: it is theirs.
    }
  }
}

/** False when something is there, or nothing can be made; then the sandbox goes by what it finds. */
function made(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}
