import type { RunKind } from '../node/runFiles.ts';
import { listRuns, type RunSummary } from '../node/runReader.ts';
import { listSessions } from '../node/sessionList.ts';

/** What is kept on the disk until it is deleted, and the command that lists and deletes it. */
export interface Kept {
  readonly kind: RunKind;
  readonly noun: 'run' | 'session';
  /** Newest first. */
  readonly list: (home: string) => Promise<readonly RunSummary[]>;
}

export const RUNS: Kept = { kind: 'runs', noun: 'run', list: (home) => listRuns(home) };
export const SESSIONS: Kept = { kind: 'sessions', noun: 'session', list: (home) => listSessions(home) };
