import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { simpleGit } from 'simple-git';
import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import { agentEnvironment, type Environment } from './agentEnvironment.ts';

/**
 * The one place that calls git.
 *
 * A worktree's content is an agent's, so git there must run nothing of it: no hooks, no file monitor, no pager, no
 * editor, no external diff. (A push that a person asks for runs the hooks of their checkout.) Callers name the git folder
 * and the work tree instead of letting git discover them, and keep out of nested repositories, whose configuration git
 * would obey. What stays: filters and merge drivers of the person's own git configuration run, as they would under the
 * person's own `git add`; only who can write that configuration
 * (the common git folder, outside of every worktree) can change what they do.
 */
export type Git = (call: GitCall, signal?: AbortSignal) => Promise<GitResult>;

export interface GitCall {
  readonly args: readonly string[];
  /**
   * Commits, trees and refs, which come after `args`. A script, a model or somebody else's file may have named them: the
   * call fails when git would take one for an option.
   */
  readonly revisions?: readonly string[];
  /** They come last, after a `--`. */
  readonly paths?: readonly string[];
  readonly cwd: string;
  /** Absolute. Absent: git discovers it from `cwd`. */
  readonly gitDir?: string;
  readonly workTree?: string;
  /** Instead of the git folder's own index. */
  readonly indexFile?: string;
  /** For stdin; not empty. */
  readonly input?: string;
  /** Who commits; absent for commands that commit nothing. */
  readonly identity?: GitIdentity;
  /** A key without its passphrase is no key: none is asked for on the terminal. */
  readonly asksNobody?: boolean;
  /** Bytes of stdout after which git is stopped; `cut` tells. */
  readonly maxBytes?: number;
  /** It writes what a person works with: once it has begun, no abort ends it, and no Ctrl-C in its terminal. */
  readonly toItsEnd?: boolean;
  /** The repository's own hooks run: on a person's word alone, in their checkout. */
  readonly ownHooks?: boolean;
}

export interface GitIdentity {
  readonly name: string;
  readonly email: string;
}

export type GitResult =
  | { readonly kind: 'ok'; readonly stdout: string; readonly cut: boolean }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'no-git' };

export const NO_GIT = 'Git was not found. Install git 2.38 or newer and see that it is on the PATH.';

/** After an abort, how long git may take to remove its own locks. */
const STOP_GRACE_MS = 500;

/** What stands for the exit code of a git that a signal has ended. */
const KILLED = 128;

const NO_HOOKS = 'core.hooksPath=/dev/null';

/** Configuration that holds for every call, over the person's own. */
const CONFIG = [
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.splitIndex=false',
  'core.quotePath=false',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'core.safecrlf=false',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.addEmbeddedRepo=false',
];

/** Of git's own variables, those that say where its parts and the person's configuration are. */
const KEPT_VARIABLES = ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_EXEC_PATH'];
const OWN_VARIABLES = [
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  'GIT_TERMINAL_PROMPT',
  'GIT_OPTIONAL_LOCKS',
  'GIT_INDEX_FILE',
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
];

export function createGit(environment: Environment = process.env): Git {
  const base = gitEnvironment(environment);
  return async (call, signal) => {
    if (signal) throwIfAborted(signal);
    // simple-git throws for a folder that is not there; to us that is a failure like any other.
    if (!existsSync(call.cwd)) {
      return refused(`The folder ${call.cwd} does not exist`);
    }
    const option = call.revisions?.find((revision) => revision.startsWith('-'));
    if (option !== undefined) return refused(`fatal: ${JSON.stringify(option)} is no commit`);
    const env = { ...base, ...callEnvironment(call) };
    return call.toItsEnd ? runToItsEnd(call, env) : runGit(call, env, signal);
  };
}

/** As git's own exit code for what it cannot make out. */
const refused = (stderr: string): GitResult => ({ kind: 'failed', exitCode: 128, stdout: '', stderr });

/** The result's stdout, for calls whose failure is no expected case: throws with git's own words. */
export function expectOk(result: GitResult, doing: string): string {
  switch (result.kind) {
    case 'ok':
      return result.stdout;
    case 'failed':
      throw new Error(filterProblem(result.stderr) ?? `Git failed while ${doing}: ${lastWords(result.stderr)}`);
    case 'no-git':
      throw new Error(NO_GIT);
  }
}

/** A required filter is a program of the person's configuration, which this machine need not have. */
function filterProblem(stderr: string): string | null {
  const [, path, filter] = /^fatal: (.+): (?:smudge|clean) filter '?(.+?)'? failed$/m.exec(stderr) ?? [];
  if (path === undefined || filter === undefined) return null;
  return `${path} passes git's filter "${filter}", whose program is missing or failed. ${filter === 'lfs' ? 'Install Git LFS (git-lfs)' : `See git config filter.${filter}`}, then try again.`;
}

/** One line of what git said: its first `fatal` or `error`, else the last line. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim();
}

function gitEnvironment(environment: Environment): Record<string, string> {
  const {
    GIT_PAGER: _gitPager,
    PAGER: _pager,
    EDITOR: _editor,
    VISUAL: _visual,
    PREFIX: _prefix,
    ...rest
  } = agentEnvironment(environment);
  const kept: Record<string, string> = {};
  for (const name of [...KEPT_VARIABLES, 'SSH_AUTH_SOCK']) {
    const value = environment[name];
    if (value !== undefined) kept[name] = value;
  }
  // Index refreshes on reads are optional, and would take the lock of an index that somebody else is using.
  return { ...rest, ...kept, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' };
}

function callEnvironment({ identity, indexFile, asksNobody }: GitCall): Record<string, string> {
  const variables: Record<string, string> = {};
  if (asksNobody) Object.assign(variables, { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' });
  if (indexFile !== undefined) variables['GIT_INDEX_FILE'] = indexFile;
  if (identity) {
    variables['GIT_AUTHOR_NAME'] = variables['GIT_COMMITTER_NAME'] = identity.name;
    variables['GIT_AUTHOR_EMAIL'] = variables['GIT_COMMITTER_EMAIL'] = identity.email;
  }
  return variables;
}

async function runGit(call: GitCall, env: Record<string, string>, signal: AbortSignal | undefined): Promise<GitResult> {
  const stop = new AbortController();
  const seen = { exitCode: 0, stderr: '', cut: false };
  const git = simpleGit({
    baseDir: call.cwd,
    config: configOf(call),
    abort: stop.signal,
    // With its default of 50 ms after `exit`, long output would be lost on a busy machine.
    completion: { onClose: true, onExit: false },
    allowEnvironment: [...KEPT_VARIABLES, ...OWN_VARIABLES],
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeExec: true,
      allowUnsafeAskPass: true,
    },
    input: () => call.input,
    // Neither throws for an exit code nor hides one: merge-tree says "conflict" by exit code 1.
    errors: (_error, { exitCode, stdErr }) => {
      seen.exitCode = exitCode;
      seen.stderr = Buffer.concat(stdErr).toString('utf8');
      return undefined;
    },
  }).env(env);
  git.outputHandler((_command, stdout) => {
    // For a command that says nothing simple-git waits 50 ms more; an empty piece of output spares that.
    queueMicrotask(() => stdout.emit('data', Buffer.alloc(0)));
    if (call.maxBytes === undefined) return;
    let left = call.maxBytes;
    stdout.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0 && !seen.cut) {
        seen.cut = true;
        stop.abort();
      }
    });
  });
  const stdout = await untilAborted(git.raw(argumentsOf(call)), stop, signal);
  if (seen.cut) return { kind: 'ok', stdout, cut: true };
  // What Node gives when the binary is not there; git itself never exits with a negative number.
  if (seen.exitCode < 0) return { kind: 'no-git' };
  if (seen.exitCode !== 0) return { kind: 'failed', exitCode: seen.exitCode, stdout, stderr: seen.stderr };
  return { kind: 'ok', stdout, cut: false };
}

/** In a process group of its own, which simple-git cannot give it: a terminal's Ctrl-C goes to the whole of ours. */
async function runToItsEnd(call: GitCall, env: Record<string, string>): Promise<GitResult> {
  const config = configOf(call).flatMap((entry) => ['-c', entry]);
  const child = spawn('git', [...config, ...argumentsOf(call)], {
    ...{ cwd: call.cwd, env, windowsHide: true },
    detached: process.platform !== 'win32',
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  }
  // It may end without having read a word.
  child.stdin.on('error', () => undefined).end(call.input ?? '');
  return new Promise((resolve) => {
    child.once('error', () => resolve({ kind: 'no-git' }));
    child.once('close', (exitCode) => {
      if (exitCode === 0) resolve({ kind: 'ok', stdout: said.stdout, cut: false });
      else resolve({ kind: 'failed', exitCode: exitCode ?? KILLED, ...said });
    });
  });
}

function configOf({ ownHooks }: GitCall): string[] {
  return ownHooks ? CONFIG : [NO_HOOKS, ...CONFIG];
}

function argumentsOf({ gitDir, workTree, args, revisions = [], paths }: GitCall): string[] {
  return [
    ...(gitDir === undefined ? [] : [`--git-dir=${gitDir}`]),
    ...(workTree === undefined ? [] : [`--work-tree=${workTree}`]),
    ...args,
    ...revisions,
    ...(paths === undefined ? [] : ['--', ...paths]),
  ];
}

/** Passes the abort on to git, and waits for git's end; not for ever, since a filter it started may hold its pipes. */
async function untilAborted(
  running: Promise<string>,
  stop: AbortController,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (!signal) return running;
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => undefined;
  const tooLong = new Promise<string>((resolve) => (giveUp = () => resolve('')));
  const listening = onAbort(signal, () => {
    stop.abort();
    timer = setTimeout(giveUp, STOP_GRACE_MS);
  });
  try {
    const stdout = await Promise.race([running, tooLong]);
    if (signal.aborted) throw new AbortError(signal.reason);
    return stdout;
  } finally {
    clearTimeout(timer);
    listening.dispose();
  }
}
