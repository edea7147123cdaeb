import { sendControl } from '../../node/controlClient.ts';
import type { ChatFlags } from '../chatFlags.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { askServing } from '../detach/askServing.ts';
import { termsOf } from '../detach/termsOf.ts';
import type { Io } from '../io.ts';
import { homeOf } from '../places.ts';
import { oneLine } from '../view/cells.ts';
import { attach } from './attach.ts';
import { foundElsewhere, type OpenElsewhere } from '../../node/sessionElsewhere.ts';

/** `dwf chat --detach`: the serving process has the session; a terminal talks with it, or says one thing and goes. */
export async function chatDetached(io: Io, flags: ChatFlags, sessionId: string | undefined): Promise<number> {
  const { prompt, json } = flags;
  const session = await servedSession(io, flags, sessionId);
  if (prompt === undefined) return attach(io, session, flags.cwd);
  const said = await sendControl({ runId: session.sessionId, dir: session.dir }, { type: 'session.say', text: prompt });
  if (said.kind !== 'accepted') throw new CommandError(said.message);
  const { sessionId: id } = session;
  if (json) io.stdout.write(`${JSON.stringify({ sessionId: id, pid: session.pid })}\n`);
  else io.stdout.write(`The session ${id} works on it in process ${session.pid}. Look in: dwf chat --session ${id}\n`);
  return EXIT.completed;
}

/** Where a process has it already, it stays there. */
async function servedSession(io: Io, flags: ChatFlags, sessionId: string | undefined): Promise<OpenElsewhere> {
  const there = sessionId === undefined ? null : await foundElsewhere(homeOf(io), sessionId);
  if (there !== null) return there;
  const { cwd, model, effort, permissionMode, fork } = flags;
  const { pid } = await askServing(io, { type: 'serve.status' });
  const opened = await askServing(io, {
    type: 'serve.open',
    session: {
      cwd,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(fork === undefined ? {} : { fork }),
      ...(model === undefined ? {} : { model }),
      ...(effort === undefined ? {} : { effort }),
      ...(permissionMode === undefined ? {} : { permissionMode }),
    },
    terms: termsOf(flags),
  });
  for (const warning of opened.warnings) io.stderr.write(`Warning: ${oneLine(warning)}\n`);
  return { sessionId: opened.sessionId, dir: opened.dir, pid };
}
