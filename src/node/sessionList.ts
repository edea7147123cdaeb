import { headline } from '../base/text.ts';
import { lastAtWork, listRuns, type RunSummary } from './runReader.ts';
import { RunTail } from './runTail.ts';

/** A session as a list shows it. */
export interface SessionSummary extends RunSummary {
  /** When its log was written last. */
  readonly lastUsedAt: number;
}

const TITLE_CHARS = 120;

/** All sessions, the one that was used last first; of one working directory when `cwd` is given. */
export async function listSessions(home: string, cwd?: string): Promise<readonly SessionSummary[]> {
  const sessions = await Promise.all((await listRuns(home, cwd, 'sessions')).map(withLastUse));
  return sessions.sort((a, b) => b.lastUsedAt - a.lastUsedAt);
}

async function withLastUse(session: RunSummary): Promise<SessionSummary> {
  return { ...session, lastUsedAt: await lastAtWork({ ...session, endedAt: null }) };
}

/** What a person said in it first, in one line, and how many turns it has had. Null: nothing was said, or it cannot be read. */
export async function aboutSession(dir: string): Promise<{ readonly title: string | null; readonly turns: number }> {
  const events = await new RunTail(dir).read().catch(() => []);
  const first = events.find((event) => event.type === 'turn.asked' && event.by === 'person');
  const turns = events.filter(({ type }) => type === 'turn.started').length;
  return { title: first?.type === 'turn.asked' ? headline(first.text, TITLE_CHARS) : null, turns };
}
