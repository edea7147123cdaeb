import { aboutSession, listSessions, type SessionSummary } from '../../node/sessionList.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { SESSIONS } from '../kept.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { sessionsTable } from '../view/sessionsTable.ts';

/** `dwf sessions`: of all projects, the one used last first; `dwf sessions prune` and `dwf sessions rm` delete some. */
export async function sessions(io: Io, argv: readonly string[]): Promise<number> {
  const [what, ...rest] = argv;
  if (what === 'prune') return (await import('./pruneRuns.ts')).pruneCommand(io, rest, SESSIONS);
  if (what === 'rm') return (await import('./removeRuns.ts')).removeRuns(io, rest, SESSIONS);
  const { values, positionals } = parseFlags('sessions', argv, { json: { type: 'boolean' } });
  if (positionals.length > 0)
    throw new CommandError('`dwf sessions` takes no names but prune and rm. `dwf chat --session ID` goes on with one.');
  const all = await Promise.all((await listSessions(homeOf(io))).map(whole));
  if (values.json === true) io.stdout.write(`${JSON.stringify(all.map(sessionObject))}\n`);
  else if (all.length === 0) io.stdout.write('No sessions yet. Begin one: dwf chat\n');
  else io.stdout.write(sessionsTable(all, io.stdout.isTerminal ? io.stdout.size().columns : Infinity));
  return EXIT.completed;
}

async function whole(session: SessionSummary) {
  return { ...session, ...(await aboutSession(session.dir)) };
}

function sessionObject({
  runId,
  status,
  cwd,
  dir,
  createdAt,
  lastUsedAt,
  pid,
  title,
  turns,
}: Awaited<ReturnType<typeof whole>>) {
  return { sessionId: runId, open: status === 'running', pid, cwd, dir, createdAt, lastUsedAt, title, turns };
}
