import type * as vscode from 'vscode';

/** A session and its folder, as the window remembers it. */
export interface RememberedSession {
  readonly sessionId: string;
  readonly dir: string;
}

const KEY = 'session';

/** Which session this window shows, over reloads: the editor keeps it with the workspace. */
export class SessionMemory {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  get(): RememberedSession | null {
    const kept = this.#memory.get<unknown>(KEY);
    return isRemembered(kept) ? { sessionId: kept.sessionId, dir: kept.dir } : null;
  }

  /** Null: none, so that the next window begins a new one. */
  async set(session: RememberedSession | null): Promise<void> {
    await this.#memory.update(KEY, session ?? undefined);
  }
}

function isRemembered(value: unknown): value is RememberedSession {
  if (typeof value !== 'object' || value === null || !('sessionId' in value && 'dir' in value)) return false;
  return typeof value.sessionId === 'string' && typeof value.dir === 'string';
}
