import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import { DisposableStore } from '../base/disposable.ts';
import type { CommandRequest, CommandResult, Commands } from '../workflow/commands.ts';
import { agentEnvironment, type Environment } from './agentEnvironment.ts';
import { openCommandOutput, type CommandOutput } from './commandOutput.ts';
import { createCommandRecords, type CommandRecords } from './commandRecords.ts';
import type { Gate } from './gate.ts';

/** From SIGTERM to SIGKILL, and from SIGKILL until we stop waiting for pipes that somebody outside the group holds. */
const TERM_GRACE_MS = 300;
const PIPE_GRACE_MS = 200;
const CANNOT_START = 127;

export interface ShellOptions {
  /** What limits commands at once; none: no limit. */
  readonly gate?: Gate;
  /** Cleaned by `agentEnvironment` before any command sees it. */
  readonly env?: Environment;
  readonly platform?: NodeJS.Platform;
  /** Where commands under way are noted, for `killLeftoverCommands`; absent: nowhere. */
  readonly home?: string;
}

/**
 * Commands over `bash -c` (`sh` where there is no bash), stdin closed, stderr joined to stdout unless the output is
 * recorded. What a command leaves
 * running in its process group ends with it: nobody else would ever stop that.
 */
export function createCommands(options: ShellOptions = {}): Commands {
  const { gate, env = process.env, platform = process.platform, home } = options;
  const records = home === undefined ? null : createCommandRecords(home);
  const environment = agentEnvironment(env);
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  return {
    run: async (request, signal) => {
      throwIfAborted(signal);
      if (platform === 'win32') {
        return notStarted('Commands need bash, which this system does not have. Run the editor inside WSL.');
      }
      const run = (): Promise<CommandResult> => runInGroup({ shell, env: environment, records }, request, signal);
      return gate ? gate.run(run, signal) : run();
    },
  };
}

function notStarted(output: string): CommandResult {
  return { kind: 'exited', exitCode: CANNOT_START, output, ms: 0 };
}

type End =
  | { readonly kind: 'exited'; readonly exitCode: number | null }
  | { readonly kind: 'not-started'; readonly problem: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' };

interface Surroundings {
  readonly shell: string;
  readonly env: Record<string, string>;
  readonly records: CommandRecords | null;
}

async function runInGroup(
  surroundings: Surroundings,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  const output = openCommandOutput(request);
  try {
    return await runInto(output, surroundings, request, signal);
  } finally {
    await output.close();
  }
}

async function runInto(
  output: CommandOutput,
  { shell, env, records }: Surroundings,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  throwIfAborted(signal);
  const startedAt = performance.now();
  const child = spawn(shell, ['-c', output.prefix + request.command], {
    cwd: request.cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const record = child.pid === undefined ? undefined : records?.begin(child.pid);
  output.take(child.stdout, child.stderr);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await firstEnd(child, request.timeoutMs, signal);
  await endGroup(child, closed);
  record?.dispose();
  throwIfAborted(signal);
  const ms = Math.round(performance.now() - startedAt);
  switch (end.kind) {
    case 'exited':
      return { kind: 'exited', exitCode: end.exitCode, ...output.kept(), ms };
    case 'not-started':
      return notStarted(`The command could not start in ${request.cwd}: ${end.problem}`);
    case 'timed-out':
      return { kind: 'timed-out', exitCode: null, ...output.kept(), ms };
    case 'aborted':
      throw new AbortError(signal.reason);
  }
}

/** What happens first: the shell ends by itself, or somebody has to end it. */
export async function firstEnd(child: ChildProcess, timeoutMs: number, signal: AbortSignal): Promise<End> {
  const owned = new DisposableStore();
  try {
    return await new Promise<End>((resolve) => {
      child.once('exit', (exitCode) => resolve({ kind: 'exited', exitCode }));
      child.once('error', (error) => resolve({ kind: 'not-started', problem: error.message }));
      const timer = setTimeout(() => resolve({ kind: 'timed-out' }), timeoutMs);
      owned.add({ dispose: () => clearTimeout(timer) });
      owned.add(onAbort(signal, () => resolve({ kind: 'aborted' })));
    });
  } finally {
    owned.dispose();
  }
}

/** Ends what is left of the group, and waits for its pipes; then lets go of them, whoever still holds them. */
export async function endGroup(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const group = child.pid;
  if (group !== undefined && signalGroup(group, 'SIGTERM')) {
    const deadline = performance.now() + TERM_GRACE_MS;
    while (performance.now() < deadline && signalGroup(group, 0)) await pause(10);
    signalGroup(group, 'SIGKILL');
  }
  const letGo = new AbortController();
  await Promise.race([closed, pause(PIPE_GRACE_MS, letGo.signal)]);
  letGo.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** False when the group is gone. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
