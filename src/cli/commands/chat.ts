import type { Engine } from '../../node/createEngine.ts';
import { newId } from '../../node/ids.ts';
import { listRuns } from '../../node/runReader.ts';
import { RunTail } from '../../node/runTail.ts';
import { servingPid } from '../../node/serve/serveLock.ts';
import { parseChatFlags, type ChatFlags } from '../chatFlags.ts';
import { chooseModel } from '../chooseModel.ts';
import { CommandError } from '../commandError.ts';
import { askOnce } from '../chat/askOnce.ts';
import { attach } from '../chat/attach.ts';
import { chatDetached } from '../chat/chatDetached.ts';
import { handOver, type LeftSession } from '../chat/handOver.ts';
import { foundElsewhere } from '../../node/sessionElsewhere.ts';
import { talk } from '../chat/talk.ts';
import { UnderWay } from '../chat/underWay.ts';
import { NOBODY_SERVES } from '../detach/askServing.ts';
import { withEngine } from '../engineFor.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { homeOf } from '../places.ts';
import { runsOnce } from '../workflows/showWorkflows.ts';

/** `dwf chat` */
export async function chat(io: Io, argv: readonly string[]): Promise<number> {
  const flags = parseChatFlags(io, argv);
  const sessionId = await sessionFor(io, flags);
  if (flags.detach) return chatDetached(io, flags, sessionId);
  const elsewhere = sessionId === undefined ? null : await foundElsewhere(homeOf(io), sessionId);
  if (elsewhere === null) return chatHere(io, flags, sessionId);
  if (flags.prompt === undefined) return attach(io, elsewhere, flags.cwd);
  throw new CommandError(
    `The session is open in process ${elsewhere.pid}. Add --detach to say this there and go, or talk with it: dwf chat --session ${elsewhere.sessionId}`,
  );
}

/** In this process. */
async function chatHere(io: Io, flags: ChatFlags, wanted: string | undefined): Promise<number> {
  const model = await chooseModel(io, flags.modelFlags, undefined, flags.model);
  const { permissions, sandbox, prompt, json } = flags;
  const interrupts = new Interrupts(io);
  try {
    const left = await withEngine(io, { model, permissions, sandbox }, async (engine): Promise<Left> => {
      const { sessionId, dir, warnings } = await openSession(engine, flags, wanted);
      const place = { home: homeOf(io), cwd: flags.cwd };
      const door = { engine, sessionId, place, say: sayTo(engine, sessionId) };
      for (const warning of warnings) io.stderr.write(`Warning: ${warning}\n`);
      if (prompt !== undefined) {
        const code = await askOnce(io, door, { prompt, json }, interrupts);
        if (prompt.trim() === '/workflows' && !json) io.stdout.write(await runsOnce(io, door));
        return { code, session: null };
      }
      // From here on Ctrl-C is about turns.
      interrupts.dispose();
      const underWay = new UnderWay(engine, sessionId);
      const past = wanted === undefined ? [] : await new RunTail(dir).read();
      const { code, left: how } = await talk(io, {
        ...{ ...door, past, detachProblem: () => detachProblem(io) },
        previewResume: (runId) => engine.previewResume(runId),
      });
      const session = how === 'detach' ? { sessionId, runIds: underWay.runIds } : null;
      underWay.dispose();
      return { code, session };
    });
    // What was open here is closed by now, so that another process can have it.
    if (left.session !== null) await handOver(io, flags, left.session);
    return left.code;
  } finally {
    interrupts.dispose();
  }
}

interface Left {
  readonly code: number;
  /** To be handed over. */
  readonly session: LeftSession | null;
}

async function detachProblem(io: Io): Promise<string | null> {
  return (await servingPid(homeOf(io))) === null ? NOBODY_SERVES : null;
}

async function openSession(engine: Engine, flags: ChatFlags, sessionId: string | undefined) {
  const { cwd, model, effort, permissionMode, prompt, fork } = flags;
  const opened = await engine.openSession({
    cwd,
    attended: prompt === undefined,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(fork === undefined ? {} : { fork }),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(permissionMode === undefined ? {} : { permissionMode }),
  });
  if (opened.status === 'refused') throw new CommandError(opened.errors);
  return opened;
}

function sayTo(engine: Engine, sessionId: string): (text: string) => void {
  return (text) => engine.dispatch({ type: 'session.say', runId: sessionId, commandId: newId(), text });
}

async function sessionFor(io: Io, { session, cwd }: ChatFlags): Promise<string | undefined> {
  if (session === 'new') return undefined;
  if (session !== 'newest') return session.id;
  const [newest] = await listRuns(homeOf(io), cwd, 'sessions');
  if (!newest) throw new CommandError('There is no session in this folder to continue. Leave --continue out.');
  return newest.runId;
}
