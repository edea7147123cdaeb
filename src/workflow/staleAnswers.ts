import type { JournalEntry } from './journal.ts';
import { attemptOf } from './runPast.ts';
import type { FolderSeen, OpenRun } from './runStore.ts';

/**
 * Answers of agents that looked at the session's folder when its files were not what they are `now` (W42). What a run's
 * own agents did to the folder does not count: from an attempt's end to the next one's start nothing had changed then.
 * Agents in worktrees saw the commit that the run stands on, which stays.
 */
export function staleAnswers(
  { journal, folders }: Pick<OpenRun, 'journal' | 'folders'>,
  now: string | null,
): readonly JournalEntry[] {
  if (now === null) return [];
  return journal.filter((entry) => entry.sawFolder === true && !isAsSeen(folders, attemptOf(entry.agentId), now));
}

function isAsSeen(folders: readonly FolderSeen[], attempt: number, now: string): boolean {
  const at = folders.findIndex((seen) => seen.attempt === attempt);
  const seen = folders[at];
  if (seen === undefined) return false;
  if (seen.found === now || seen.left === now) return true;
  const next = folders[at + 1];
  return seen.left !== null && next?.found === seen.left && isAsSeen(folders, next.attempt, now);
}
