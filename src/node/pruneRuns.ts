import type { DeletionDeps } from './deleteRun.ts';
import { deleteRun } from './deleteRun.ts';
import { isSession } from './runFiles.ts';
import { lastAtWork, listRuns, type RunSummary } from './runReader.ts';
import { listSessions } from './sessionList.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Which runs go. Both have to hold: older than that, and not among the newest of its folder. */
export interface Retention {
  readonly olderThanMs: number;
  /** Of each working directory, the newest so many stay. */
  readonly keep: number;
  /** Only runs that did not get to their end: failed, stopped, interrupted. */
  readonly failedOnly: boolean;
}

/** A month, and whatever one has looked at lately. */
export const DEFAULT_RETENTION: Retention = { olderThanMs: 30 * DAY_MS, keep: 20, failedOnly: false };

/** `lastUsedAt`: of a session. */
type Prunable = RunSummary & { readonly lastUsedAt?: number };

/** Never one that runs. `runs` are the newest first. */
export async function runsToPrune(
  runs: readonly Prunable[],
  retention: Retention,
  now: number,
): Promise<readonly RunSummary[]> {
  const newer = new Map<string, number>();
  const lastUses = await Promise.all(runs.map(async (run) => run.lastUsedAt ?? lastAtWork(run)));
  return runs.filter((run, at) => {
    const rank = newer.get(run.cwd) ?? 0;
    newer.set(run.cwd, rank + 1);
    const age = now - Math.max(run.createdAt, lastUses[at] ?? 0);
    if (run.status === 'running' || rank < retention.keep || age < retention.olderThanMs) return false;
    return !retention.failedOnly || run.status === 'failed' || run.status === 'stopped' || run.status === 'interrupted';
  });
}

export interface Pruned {
  readonly runs: number;
  readonly sessions: number;
  readonly bytes: number;
  /** Kept because their repositories could not be read: each with the reason, without a full stop. */
  readonly unreadable: readonly { readonly runId: string; readonly cwd: string; readonly message: string }[];
}

/** Prunes runs and sessions without a question, as a setting wants it. What has unlanded work stays, and what may have some. */
export async function pruneRuns(deps: DeletionDeps, home: string, retention: Retention, now: number): Promise<Pruned> {
  let [runs, sessions, bytes] = [0, 0, 0];
  const unreadable: Pruned['unreadable'][number][] = [];
  const oldSessions = await runsToPrune(await listSessions(home), retention, now);
  for (const run of [...(await runsToPrune(await listRuns(home), retention, now)), ...oldSessions]) {
    const deletion = await deleteRun(deps, run, false);
    if (deletion.kind === 'unreadable') unreadable.push({ runId: run.runId, cwd: run.cwd, message: deletion.message });
    if (deletion.kind !== 'deleted') continue;
    if (isSession(run.dir)) sessions += 1;
    else runs += 1;
    bytes += deletion.bytes;
  }
  return { runs, sessions, bytes, unreadable };
}
