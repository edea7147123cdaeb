import type * as vscode from 'vscode';

/** A run that this window started, or took up again. */
export interface StartedRun {
  readonly runId: string;
  readonly dir: string;
  /** The person does not want to be asked about it any more. */
  readonly declined: boolean;
}

const KEY = 'startedRuns';
const MAX_KEPT = 50;

/** Which runs are this window's own, over reloads: the editor keeps it with the workspace. */
export class StartedRuns {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The newest first. */
  all(): readonly StartedRun[] {
    const kept = this.#memory.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.filter(isStartedRun) : [];
  }

  async remember({ runId, dir }: Pick<StartedRun, 'runId' | 'dir'>): Promise<void> {
    await this.#put([{ runId, dir, declined: false }, ...this.#without([runId])]);
  }

  async decline(runIds: readonly string[]): Promise<void> {
    await this.#put(this.all().map((run) => (runIds.includes(run.runId) ? { ...run, declined: true } : run)));
  }

  #without(runIds: readonly string[]): readonly StartedRun[] {
    return this.all().filter(({ runId }) => !runIds.includes(runId));
  }

  async #put(runs: readonly StartedRun[]): Promise<void> {
    await this.#memory.update(KEY, runs.slice(0, MAX_KEPT));
  }
}

/** By hand: this is read while the window opens, and zod costs as much as all else that loads then. */
function isStartedRun(value: unknown): value is StartedRun {
  if (typeof value !== 'object' || value === null) return false;
  if (!('runId' in value && 'dir' in value && 'declined' in value)) return false;
  return typeof value.runId === 'string' && typeof value.dir === 'string' && typeof value.declined === 'boolean';
}
