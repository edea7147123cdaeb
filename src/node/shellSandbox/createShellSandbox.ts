import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../base/abort.ts';
import type { Environment } from '../agentEnvironment.ts';
import { controlFolders } from '../controlAddress.ts';
import { ownRipgrep } from '../ripgrep.ts';
import { FOLDER_MODE } from '../runFiles.ts';
import { fileRules, standInsFor } from './fileRules.ts';
import { findSandbox, type FoundSandbox } from './findSandbox.ts';
import { startHelper, type HelperProcess } from './helperProcess.ts';
import type { SandboxMode, SandboxSettings } from './sandboxSettings.ts';
import type { Launch, ShellSandbox, ToConfine } from './shellSandbox.ts';
import { StandIns } from './standIns.ts';

export interface ShellSandboxOptions extends Omit<SandboxSettings, 'withoutAsking'> {
  /** Where runs, worktrees and sockets of this program are kept. */
  readonly home: string;
  /** The person's own folder. */
  readonly person: string;
  readonly env: Environment;
  readonly ripgrep?: string | undefined;
  readonly platform?: NodeJS.Platform;
}

/** Looks for a sandbox when it is first asked for, and starts its process with the first command. */
export function createShellSandbox(options: ShellSandboxOptions): ShellSandbox {
  const { mode, env } = options;
  let searched: Promise<FoundSandbox> | undefined;
  const search = (): Promise<FoundSandbox> => (searched ??= findSandbox(env, options.platform));
  const helpers = helperSource(options);
  const standIns = new StandIns();

  async function confine(what: ToConfine, signal: AbortSignal): Promise<Launch | null> {
    if (mode === 'off') return null;
    const found = await search();
    throwIfAborted(signal);
    if (found.kind === 'missing') return mode === 'required' ? refusal(found) : null;
    try {
      return await launch(await helpers.get(found), what, { ...options, standIns });
    } catch (error) {
      // What was to run confined does not run otherwise.
      return { kind: 'refused', message: broken(error instanceof Error ? error.message : String(error)) };
    }
  }

  return {
    confine,
    confines: async () => mode !== 'off' && (await search()).kind === 'found',
    warning: async () => {
      if (mode === 'off') return null;
      const found = await search();
      return found.kind === 'found' ? null : notice(mode, found);
    },
    close: () => helpers.close(),
  };
}

type Missing = Extract<FoundSandbox, { readonly kind: 'missing' }>;

function notice(mode: SandboxMode, { why, remedy }: Missing): string {
  const what =
    mode === 'required'
      ? 'Agents cannot run commands: the settings require the shell sandbox'
      : 'Commands of agents run without the shell sandbox, by the permission rules alone';
  return `${what}; ${why}. ${remedy}`.trim();
}

function refusal({ why, remedy }: Missing): Launch {
  const message = `No command can run: the settings require a sandbox, and ${why}. ${remedy}`.trim();
  return { kind: 'refused', message };
}

function broken(why: string): string {
  return `The command did not run: its sandbox could not be made (${why}). Try again; if it fails again, go on without commands.`;
}

type Found = Extract<FoundSandbox, { readonly kind: 'found' }>;

/** One helper for all commands, and another when it has died. */
function helperSource({ allowedDomains, env, ripgrep }: ShellSandboxOptions) {
  let current: Promise<HelperProcess> | undefined;
  let closed = false;
  const start = async (found: Found): Promise<HelperProcess> =>
    startHelper({ found, allowedDomains, env, ripgrep: ripgrep ?? (await ownRipgrep()) ?? 'rg' });
  /** So that the next one to ask starts another. */
  const drop = (one: Promise<HelperProcess>): void => {
    if (current === one) current = undefined;
  };
  const get = async (found: Found): Promise<HelperProcess> => {
    if (closed) throw new Error('the program is ending');
    const one = (current ??= start(found));
    try {
      const helper = await one;
      if (!helper.ended) return helper;
      await helper.close();
    } catch (error) {
      drop(one);
      throw error;
    }
    drop(one);
    return get(found);
  };
  return {
    get,
    close: async (): Promise<void> => {
      closed = true;
      const helper = await current?.catch(() => undefined);
      await helper?.close();
    },
  };
}

async function launch(
  helper: HelperProcess,
  what: ToConfine,
  options: ShellSandboxOptions & { readonly standIns: StandIns },
): Promise<Launch> {
  const { shell, env, request } = what;
  const place = request.place ?? { root: request.cwd };
  const temporary = await makeTemporary(place.temporary ?? temporaryFolder(options.home));
  const isMac = (options.platform ?? process.platform) === 'darwin';
  const standIns = isMac ? null : options.standIns.hold(standInsFor(place.root));
  const clear = async (): Promise<void> => {
    standIns?.dispose();
    if (place.temporary === undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const home = await realpath(options.home);
    const around = {
      ...{ person: options.person, home, sockets: controlFolders(), exists: existsSync },
      standIns: !isMac,
    };
    const rules = fileRules(place, temporary, around);
    const wrapped = await helper.wrap(shell, `${ownFolders(temporary)}${what.command}`, rules);
    if (wrapped.kind === 'failed') {
      await clear();
      return { kind: 'refused', message: broken(wrapped.why) };
    }
    const done = async (): Promise<void> => {
      wrapped.done();
      await clear();
    };
    return { kind: 'launch', program: shell, args: ['-c', wrapped.command], env, done };
  } catch (error) {
    await clear();
    throw error;
  }
}

/** A new one, not made yet; in the home of this program, where no other agent's commands can look. */
export function temporaryFolder(home: string): string {
  // Node draws these in advance; bytes asked for one by one cost a system call for each agent.
  return join(home, 'tmp', randomUUID());
}

async function makeTemporary(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  return realpath(path);
}

/** Before the command on its own line: where programs put what the person's own folders would get. */
function ownFolders(temporary: string): string {
  const quoted = `'${temporary.replaceAll("'", "'\\''")}'`;
  return `export TMPDIR=${quoted} XDG_CACHE_HOME=${quoted}/cache npm_config_cache=${quoted}/npm GIT_OPTIONAL_LOCKS=0; `;
}
