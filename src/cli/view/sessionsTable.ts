import { count } from '../../base/text.ts';
import type { SessionSummary } from '../../node/sessionList.ts';
import { oneLine } from './cells.ts';
import { tableOf, when } from './runsTable.ts';

interface Row extends SessionSummary {
  readonly title: string | null;
  readonly turns: number;
}

/** One line a session: id, whether it is open, when it was used last, how long it is, where, and what was said in it first. */
export function sessionsTable(all: readonly Row[], width: number): string {
  const rows = all.map(({ runId, status, lastUsedAt, turns, cwd, title }) => [
    ...[runId, status === 'running' ? 'open' : 'closed', when(lastUsedAt), count(turns, 'turn')],
    ...[oneLine(cwd), oneLine(title ?? 'Nothing was said yet.')],
  ]);
  return tableOf(rows, width);
}
