import { sinceBegunAnew } from '../engine/goOn.ts';
import { STRUCTURED_OUTPUT } from '../engine/structuredOutput.ts';
import { BEGUN_ANEW, toolCallsOf, type Message } from '../protocol/conversation.ts';
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

/**
 * The half-finished agents of which the same is true: what they would go on from rests on files that are others `now`.
 */
export async function staleStarts(
  run: Pick<OpenRun, 'calls' | 'unfinished' | 'folders' | 'readTranscript'>,
  now: string | null,
): Promise<readonly string[]> {
  if (now === null) return [];
  const inFolder = new Set(run.calls.flatMap((call) => (call.inFolder === true ? [call.agentId] : [])));
  const found: string[] = [];
  for (const agentId of run.unfinished.values()) {
    if (!inFolder.has(agentId) || isAsSeen(run.folders, attemptOf(agentId), now)) continue;
    if (lookedAround(sinceBegunAnew(await run.readTranscript(agentId)))) found.push(agentId);
  }
  return found;
}

/** What those agents had said and heard does not count any more: they begin anew when they are asked for again. */
export function beginAnew(run: Pick<OpenRun, 'appendTranscript'>, agentIds: readonly string[]): void {
  for (const agentId of agentIds) run.appendTranscript(agentId, [BEGUN_ANEW]);
}

/** Without a tool it cannot have seen a file. */
export function lookedAround(messages: readonly Message[]): boolean {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? toolCallsOf(message) : []));
  return calls.some(({ name }) => name !== STRUCTURED_OUTPUT);
}

function isAsSeen(folders: readonly FolderSeen[], attempt: number, now: string): boolean {
  const at = folders.findIndex((seen) => seen.attempt === attempt);
  const seen = folders[at];
  if (seen === undefined) return false;
  if (seen.found === now || seen.left === now) return true;
  const next = folders[at + 1];
  return seen.left !== null && next?.found === seen.left && isAsSeen(folders, next.attempt, now);
}
