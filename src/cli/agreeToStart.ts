import { setupText } from '../projection/baseWords.ts';
import { forecastText } from '../projection/forecastWords.ts';
import type { Forecast } from '../protocol/forecast.ts';
import { resolveModel } from '../protocol/models.ts';
import type { BaseCommit, DirtyChoice, PermissionMode } from '../protocol/run.ts';
import { safetyLimit } from '../workflow/rehearsal/safetyLimit.ts';
import { defaultModel } from './chooseModel.ts';
import { confirm } from './confirm.ts';
import { extrasOf } from './engineFor.ts';
import type { Io } from './io.ts';
import { homeOf, libraryFolders } from './places.ts';
import type { RunFlags } from './runFlags.ts';
import { oneLine } from './view/cells.ts';
import { headLine } from './view/headLine.ts';

/** A workflow that is there and passes the static check. */
export interface Target {
  readonly scriptPath: string;
  readonly workflowName: string;
}

interface StartTerms extends Target {
  readonly simulated: boolean;
  /** What it is going to take, if that can be told in a moment. Default: by a rehearsal. */
  readonly forecast?: typeof forecastOf;
}

export interface AgreedStart {
  /** The person was asked, and has read what it starts. */
  readonly asked: boolean;
  /** A person reads what it shows and can answer. */
  readonly attended: boolean;
  /** What it starts besides its agents. */
  readonly extras: readonly string[];
  /** Output tokens (see `LaunchRequest`); empty: as the program is set. */
  readonly limit: { readonly safetyTokens?: number | null };
}

/** Asks where somebody is there to ask; null: nothing is to be started, which has been said. */
export async function agreeToStart(io: Io, flags: RunFlags, start: StartTerms): Promise<AgreedStart | null> {
  const { simulated } = start;
  const attended = io.canAsk && flags.show.json !== true && flags.show.events !== true;
  const asked = attended && !flags.yes && !simulated;
  const { caps } = flags.settings;
  // What nobody reads and what limits nothing need not be found out.
  const isOfUse = !simulated && (asked || (caps?.outputTokens === undefined && caps?.usd === undefined));
  const forecast = isOfUse ? await (start.forecast ?? forecastOf)(io, flags, start) : null;
  const setup = flags.settings.worktree?.setup;
  const extras = [...(await extrasOf(io, flags.cwd, flags.commits)), ...(setup ? [setupText(setup)] : [])];
  if (asked && !(await confirmStart(io, flags, start, { forecast, extras }))) {
    io.stderr.write('Nothing was started.\n');
    return null;
  }
  const safetyTokens = forecast ? safetyLimit(forecast) : undefined;
  return { asked, attended, extras, limit: safetyTokens === undefined ? {} : { safetyTokens } };
}

/** X08. */
async function forecastOf(io: Io, { settings, cwd }: RunFlags, { scriptPath }: Target): Promise<Forecast | null> {
  const { forecastRun } = await import('../node/rehearsal/forecastRun.ts');
  const options = { home: homeOf(io), workflows: libraryFolders(io), defaultModel: defaultModel(io) };
  return forecastRun(options, { ...settings, scriptPath, cwd });
}

async function confirmStart(
  io: Io,
  flags: RunFlags,
  { workflowName }: Target,
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
  const { readPermissionSettings } = await import('../node/permissionSettings.ts');
  const { mode } = await readPermissionSettings({ cwd, home: io.home, own: permissions });
  return mode ?? 'default';
}

async function baseOf(io: Io, cwd: string): Promise<BaseCommit | null> {
  const [{ createGitWorktrees }, { createGit }, { createGate }] = await Promise.all([
    import('../node/gitWorktrees.ts'),
    import('../node/git.ts'),
    import('../node/gate.ts'),
  ]);
  const worktrees = createGitWorktrees({ home: homeOf(io), git: createGit(io.env), gate: createGate() });
  const state = await worktrees.inspect(cwd);
  return state.kind === 'ready' ? state.base : null;
}
