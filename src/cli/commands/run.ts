import { isAbsolute, resolve, sep } from 'node:path';
import type { Engine } from '../../node/createEngine.ts';
import type { ModelSource } from '../../node/modelRecord.ts';
import { fileLibrary } from '../../node/library.ts';
import type { Forecast } from '../../protocol/forecast.ts';
import { checkScript } from '../../workflow/script/checkScript.ts';
import { describeDiagnostic } from '../../workflow/script/describeDiagnostic.ts';
import { agreeToStart, type AgreedStart, type Target } from '../agreeToStart.ts';
import { chooseModel } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { withEngine } from '../engineFor.ts';
import { followRun } from '../followRun.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { libraryFolders } from '../places.ts';
import { parseRunFlags, type RunFlags } from '../runFlags.ts';

/** `dwf run <file|name>` */
export async function run(io: Io, argv: readonly string[]): Promise<number> {
  const flags = await parseRunFlags(io, 'run', argv);
  if (flags.target === undefined) throw new CommandError('Name a workflow or give a file: dwf run <file|name>');
  const target = await findTarget(io, flags, flags.target);
  if (flags.detach) return (await import('../detach/runDetached.ts')).runDetached(io, flags, target);
  return startRun(io, flags, { ...target, model: await chooseModel(io, flags.model, undefined, flags.settings.model) });
}

export interface Start extends Target {
  readonly model: ModelSource;
  /** Where the repository is, when it is not where the person stands. */
  readonly gitFolder?: string;
  /** What it is going to take, if that can be told in a moment. Default: by a rehearsal. */
  readonly forecast?: (io: Io, flags: RunFlags, target: Target) => Promise<Forecast | null>;
}

/** Asks where somebody is there to ask, then runs to the end; resolves to the exit code. */
export async function startRun(io: Io, flags: RunFlags, start: Start): Promise<number> {
  const simulated = start.model.kind === 'simulate';
  const agreed = await agreeToStart(io, flags, { ...start, simulated });
  if (agreed === null) return EXIT.refused;
  const interrupts = new Interrupts(io);
  try {
    const { permissions, sandbox, commits } = flags;
    return await withEngine(io, { model: start.model, permissions, sandbox, commits }, async (engine) => {
      if (interrupts.asked) return EXIT.interrupted;
      const launched = await launch(engine, flags, start, agreed);
      const { gitFolder } = start;
      const where = gitFolder === undefined ? (flags.cwd === io.cwd ? {} : { gitFolder: flags.cwd }) : { gitFolder };
      const { show } = flags;
      return followRun(io, {
        engine,
        runId: launched.runId,
        dir: launched.runDir,
        past: [],
        simulated,
        show,
        interrupts,
        sayHead: !agreed.asked,
        extras: agreed.extras,
        ...where,
      });
    });
  } finally {
    interrupts.dispose();
  }
}

async function launch(
  engine: Engine,
  { settings, cwd }: RunFlags,
  { scriptPath }: Start,
  { attended, limit }: AgreedStart,
) {
  const launched = await engine.launch({ scriptPath, ...settings, ...limit, cwd, attended });
  if (launched.status === 'refused') throw new CommandError(launched.errors);
  return launched;
}

/** A path is what looks like one, seen from where the person stands; all else is a name. */
export async function findTarget(io: Io, { cwd }: RunFlags, target: string): Promise<Target> {
  const isPath = isAbsolute(target) || target.includes('/') || target.includes(sep) || /\.m?js$/.test(target);
  const library = fileLibrary(libraryFolders(io));
  const found = isPath ? await library.byPath(resolve(io.cwd, target), cwd) : await library.byName(target, cwd);
  if (found.kind === 'missing') throw new CommandError(found.message);
  const { path, bytes } = found.file;
  const checked = checkScript(bytes, path);
  if (!checked.ok) throw new CommandError(checked.errors.map((error) => describeDiagnostic(path, error)));
  return { scriptPath: path, workflowName: checked.script.meta.name };
}
