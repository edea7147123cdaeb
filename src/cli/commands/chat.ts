import type { Engine } from '../../node/createEngine.ts';
import { newId } from '../../node/ids.ts';
import { listRuns } from '../../node/runReader.ts';
import { parseChatFlags, type ChatFlags } from '../chatFlags.ts';
import { chooseModel } from '../chooseModel.ts';
import { CommandError } from '../commandError.ts';
import { askOnce } from '../chat/askOnce.ts';
import { talk } from '../chat/talk.ts';
import { withEngine } from '../engineFor.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { homeOf } from '../places.ts';

/** `dwf chat` */
export async function chat(io: Io, argv: readonly string[]): Promise<number> {
  const flags = parseChatFlags(io, argv);
  const sessionId = await sessionFor(io, flags);
  const model = await chooseModel(io, flags.modelFlags, undefined, flags.model);
  const { permissions, sandbox } = flags;
  const interrupts = new Interrupts(io);
  try {
    return await withEngine(io, { model, permissions, sandbox }, async (engine) => {
      const session = await openSession(engine, flags, sessionId);
      const door = { engine, sessionId: session.sessionId, say: sayTo(engine, session.sessionId) };
      for (const warning of session.warnings) io.stderr.write(`Warning: ${warning}\n`);
      if (flags.prompt === undefined) {
        // From here on Ctrl-C is about turns.
        interrupts.dispose();
        return talk(io, door);
      }
      return askOnce(io, door, { prompt: flags.prompt, json: flags.json }, interrupts);
    });
  } finally {
    interrupts.dispose();
  }
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
