import { isAbsolute, resolve, sep } from 'node:path';
import type { Engine } from '../../node/createEngine.ts';
import type { ModelSource } from '../../node/modelRecord.ts';
import { fileLibrary } from '../../node/library.ts';
import { setupText } from '../../projection/baseWords.ts';
import { forecastText } from '../../projection/forecastWords.ts';
import type { Forecast } from '../../protocol/forecast.ts';
import { resolveModel } from '../../protocol/models.ts';
import type { BaseCommit, DirtyChoice, PermissionMode } from '../../protocol/run.ts';
import { safetyLimit } from '../../workflow/rehearsal/safetyLimit.ts';
import { checkScript } from '../../workflow/script/checkScript.ts';
import { describeDiagnostic } from '../../workflow/script/describeDiagnostic.ts';
import { chooseModel, defaultModel } from '../chooseModel.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { extrasOf, withEngine } from '../engineFor.ts';
import { followRun } from '../followRun.ts';
import { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { homeOf, libraryFolders } from '../places.ts';
import { parseRunFlags, type RunFlags } from '../runFlags.ts';
import { oneLine } from '../view/cells.ts';
import { headLine } from '../view/headLine.ts';

/** `dwf run <file|name>` */
export async function run(io: Io, argv: readonly string[]): Promise<number> {
  const flags = await parseRunFlags(io, 'run', argv);
  if (flags.target === undefined) throw new CommandError('Name a workflow or give a file: dwf run <file|name>');
  const target = await findTarget(io, flags, flags.target);
  return startRun(io, flags, { ...target, model: await chooseModel(io, flags.model, undefined, flags.settings.model) });
}

/** A workflow that is there and passes the static check. */
export interface Target {
  readonly scriptPath: string;
  readonly workflowName: string;
}

export interface Start extends Target {
  readonly model: ModelSource;
  /** Where the repository is, when it is not where the person stands. */
  readonly gitFolder?: string;
  /** What it is going to take, if that can be told in a moment. Default: by a rehearsal. */
  readonly forecast?: typeof forecastOf;
}

/** Asks where somebody is there to ask, then runs to the end; resolves to the exit code. */
export async function startRun(io: Io, flags: RunFlags, start: Start): Promise<number> {
  const simulated = start.model.kind === 'simulate';
  const attended = io.canAsk && flags.show.json !== true && flags.show.events !== true;
  const asks = attended && !flags.yes && !simulated;
  const { caps } = flags.settings;
  // What nobody reads and what limits nothing need not be found out.
  const isOfUse = !simulated && (asks || (caps?.outputTokens === undefined && caps?.usd === undefined));
  const forecast = isOfUse ? await (start.forecast ?? forecastOf)(io, flags, start) : null;
  const setup = flags.settings.worktree?.setup;
  const extras = [...(await extrasOf(io, flags.cwd, flags.commits)), ...(setup ? [setupText(setup)] : [])];
  if (asks && !(await confirmStart(io, flags, start, { forecast, extras }))) {
    io.stderr.write('Nothing was started.\n');
    return EXIT.refused;
  }
  const interrupts = new Interrupts(io);
  try {
    const { permissions, sandbox, commits } = flags;
    return await withEngine(io, { model: start.model, permissions, sandbox, commits }, async (engine) => {
      if (interrupts.asked) return EXIT.interrupted;
      const launched = await launch(engine, flags, start, attended, forecast);
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
        sayHead: !asks,
        extras,
        ...where,
      });
    });
  } finally {
    interrupts.dispose();
  }
}

async function launch(
  engine: Engine,
  flags: RunFlags,
  { scriptPath }: Start,
  attended: boolean,
  forecast: Forecast | null,
) {
  const safetyTokens = forecast ? safetyLimit(forecast) : undefined;
  const limit = safetyTokens === undefined ? {} : { safetyTokens };
  const launched = await engine.launch({ scriptPath, ...flags.settings, ...limit, cwd: flags.cwd, attended });
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

/** X08. */
async function forecastOf(io: Io, { settings, cwd }: RunFlags, { scriptPath }: Target): Promise<Forecast | null> {
  const { forecastRun } = await import('../../node/rehearsal/forecastRun.ts');
  const options = { home: homeOf(io), workflows: libraryFolders(io), defaultModel: defaultModel(io) };
  return forecastRun(options, { ...settings, scriptPath, cwd });
}

async function confirmStart(
  io: Io,
  flags: RunFlags,
  { workflowName }: Start,
  { forecast, extras }: { readonly forecast: Forecast | null; readonly extras: readonly string[] },
): Promise<boolean> {
  const head = {
    workflowName,
    cwd: flags.cwd,
    base: withChoice(await baseOf(io, flags.cwd), flags.settings.dirtyCheckout),
    model: resolveModel(flags.settings.model ?? defaultModel(io)),
    simulated: false,
    permissionMode: flags.settings.permissionMode ?? (await settingsMode(io, flags)),
    caps: flags.settings.caps ?? {},
  };
  const dirty = dirtyLine(head.base, flags.settings.dirtyCheckout);
  io.stdout.write(`${[headLine(head), ...dirty, ...extras.map(oneLine)].join('\n')}\n`);
  if (forecast) io.stdout.write(`${forecastText(forecast)}\n`);
  return confirm(io, 'Start?');
}

/** As it is going to be. */
function withChoice(base: BaseCommit | null, choice: DirtyChoice | undefined): BaseCommit | null {
  return base && base.dirtyFiles > 0 && choice === 'snapshot' ? { ...base, snapshot: true } : base;
}

function dirtyLine(base: BaseCommit | null, choice: DirtyChoice | undefined): readonly string[] {
  if (base === null || base.dirtyFiles === 0) return [];
  return choice === 'snapshot'
    ? ['Your uncommitted files become a commit below what the run makes; your checkout stays as it is.']
    : ['Agents in worktrees do not see your uncommitted files. Commit them first, or give --dirty snapshot.'];
}

async function settingsMode(io: Io, { cwd, permissions }: RunFlags): Promise<PermissionMode> {
  const { readPermissionSettings } = await import('../../node/permissionSettings.ts');
  const { mode } = await readPermissionSettings({ cwd, home: io.home, own: permissions });
  return mode ?? 'default';
}

/** Yes is the default. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  io.stdout.write(`${question} [Y/n] `);
  const answer = await io.readLine();
  return answer !== null && /^\s*(y(es)?)?\s*$/i.test(answer);
}

async function baseOf(io: Io, cwd: string): Promise<BaseCommit | null> {
  const [{ createGitWorktrees }, { createGit }, { createGate }] = await Promise.all([
    import('../../node/gitWorktrees.ts'),
    import('../../node/git.ts'),
    import('../../node/gate.ts'),
  ]);
  const worktrees = createGitWorktrees({ home: homeOf(io), git: createGit(io.env), gate: createGate() });
  const state = await worktrees.inspect(cwd);
  return state.kind === 'ready' ? state.base : null;
}
