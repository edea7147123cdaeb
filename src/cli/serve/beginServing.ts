import type { ModelSource } from '../../node/modelRecord.ts';
import { HeldWork } from '../../node/serve/heldWork.ts';
import { loopingSessions } from '../../node/serve/loopingSessions.ts';
import { ServedEngines } from '../../node/serve/servedEngines.ts';
import { ServedWork } from '../../node/serve/servedWork.ts';
import { claimServe } from '../../node/serve/serveLock.ts';
import { openServeSocket } from '../../node/serve/serveSocket.ts';
import type { SandboxSettings } from '../../node/shellSandbox/sandboxSettings.ts';
import type { PermissionMode } from '../../protocol/run.ts';
import { chooseModel, type ModelFlags } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { openEngine } from '../engineFor.ts';
import type { Io } from '../io.ts';
import type { CommandLinePermissions } from '../permissionFlags.ts';
import { homeOf } from '../places.ts';
import { oneLine } from '../view/cells.ts';
import { servedPermissions } from './servedPermissions.ts';

/** What `dwf serve` was told. */
export interface ServeFlags {
  /** Whose sessions with loops are taken up; absent: all. */
  readonly cwd: string | undefined;
  readonly model: string | undefined;
  readonly modelFlags: ModelFlags;
  readonly permissionMode: PermissionMode | undefined;
  readonly permissions: CommandLinePermissions | undefined;
  readonly sandbox: SandboxSettings;
}

/** Serves until it is told to stop; resolves to the exit code. */
export async function beginServing(io: Io, flags: ServeFlags): Promise<number> {
  const home = homeOf(io);
  // Said before anything is begun: without a model nothing could go on.
  const source = await chooseModel(io, flags.modelFlags, undefined, flags.model);
  const claim = await claimServe(home);
  if (claim.kind === 'held')
    throw new CommandError(`Process ${claim.pid} serves already. See: dwf serve --status. Stop it: dwf serve --stop`);
  try {
    await serveWith(io, flags, source);
    return EXIT.completed;
  } finally {
    await claim.lock.release();
  }
}

async function serveWith(io: Io, flags: ServeFlags, source: ModelSource): Promise<void> {
  const home = homeOf(io);
  const log = (line: string): void =>
    io.stdout.write(`${new Date().toISOString().slice(0, 19).replace('T', ' ')}  ${oneLine(line)}\n`);
  const ending = Promise.withResolvers<null>();
  const { work: held, problem } = await HeldWork.open(home);
  const served = new ServedWork({
    ...{ home, held, log },
    engines: servedEngines(io, flags),
    status: { pid: process.pid, since: Date.now(), simulated: source.kind === 'simulate' },
    onStop: () => ending.resolve(null),
  });
  let asked = false;
  const terminating = io.onTerminate(() => {
    if (asked) io.exit(EXIT.interrupted);
    asked = true;
    ending.resolve(null);
  });
  const socket = await openServeSocket(home, (request) => served.handle(request));
  try {
    io.stdout.write(`Serving ${home} (process ${process.pid})${source.kind === 'simulate' ? ', simulated' : ''}.
Hand over: dwf run --detach, dwf resume --detach, dwf chat --detach. What it has: dwf serve --status
It ends with Ctrl-C or dwf serve --stop; what is under way is suspended then, and the next dwf serve goes on with it.
`);
    if (problem !== null) log(problem);
    await served.takeUp(await loopingSessions(home, flags.cwd, Date.now()));
    await ending.promise;
    log('Ending: what is under way is suspended.');
  } finally {
    await served.close();
    socket.close();
    terminating.dispose();
  }
}

function servedEngines(io: Io, flags: ServeFlags): ServedEngines {
  return new ServedEngines({
    sourceOf: (record, model) => chooseModel(io, flags.modelFlags, record, model ?? flags.model),
    createEngine: (model, { sandbox = flags.sandbox, ...terms }, commons) =>
      openEngine(io, {
        ...{ model, sandbox, commits: terms.commits, takesAnswers: true, defaultModel: flags.model, commons },
        permissions: servedPermissions(flags, terms.permissions),
      }),
  });
}
