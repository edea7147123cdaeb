import type * as vscode from 'vscode';
import { count } from '../base/text.ts';
import { formatBytes } from '../projection/cost.ts';
import { settings } from './settings.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Deletes old runs and sessions where the person has said after how many days; says so in the log. */
export async function pruneAtStart(home: string, log: vscode.LogOutputChannel): Promise<void> {
  const { retention: days } = settings();
  if (days === 0) return;
  const [{ createGitWorktrees }, { createGit }, { createGate }, { DEFAULT_RETENTION, pruneRuns }] = await Promise.all([
    import('../node/gitWorktrees.ts'),
    import('../node/git.ts'),
    import('../node/gate.ts'),
    import('../node/pruneRuns.ts'),
  ]);
  const git = createGit();
  const worktrees = createGitWorktrees({ home, git, gate: createGate() });
  const retention = { ...DEFAULT_RETENTION, olderThanMs: days * DAY_MS };
  const pruned = pruneRuns({ git, worktrees }, home, retention, Date.now());
  const { runs, sessions, bytes, unreadable } = await pruned.finally(() => worktrees.close());
  if (runs + sessions > 0) {
    const what = `${count(runs, 'run')} and ${count(sessions, 'session')}`;
    log.info(`Deleted ${what} older than ${days} days, ${formatBytes(bytes)} freed.`);
  }
  for (const { runId, cwd, message } of unreadable)
    log.warn(`Kept the old run ${runId}: its changes may be in ${cwd}, which cannot be read now. ${message}.`);
}
