import type * as vscode from 'vscode';
import * as z from 'zod/mini';

/** A run that this window started, or took up again. */
export interface StartedRun {
  readonly runId: string;
  readonly dir: string;
  /** The person does not want to be asked about it any more. */
  readonly declined: boolean;
}

const KEY = 'startedRuns';
const MAX_KEPT = 50;
const stored = z.array(z.object({ runId: z.string(), dir: z.string(), declined: z.boolean() }));

/** Which runs are this window's own, over reloads: the editor keeps it with the workspace. */
export class StartedRuns {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** The newest first. */
  all(): readonly StartedRun[] {
    const parsed = z.safeParse(stored, this.#memory.get<unknown>(KEY));
    return parsed.success ? parsed.data : [];
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
