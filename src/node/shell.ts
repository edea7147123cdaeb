import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { AbortError, throwIfAborted } from '../base/abort.ts';
import type { CommandRequest, CommandResult, Commands, NotStarted } from '../workflow/commands.ts';
import { agentEnvironment, type Environment } from './agentEnvironment.ts';
import { openCommandOutput, type CommandOutput } from './commandOutput.ts';
import { createCommandRecords, type CommandRecords } from './commandRecords.ts';
import type { Gate } from './gate.ts';
import { findShell, type FoundShell } from './platformShell.ts';
import { endGroup, firstEnd, pipeOf, startGroup } from './processGroup.ts';
import { neverBegan, STARTS } from './shellSandbox/neverBegan.ts';
import type { Launch, ShellSandbox } from './shellSandbox/shellSandbox.ts';
import { COMMAND_MARK } from './strayProcesses.ts';

export interface ShellOptions {
  /** What limits commands at once; none: no limit. */
  readonly gate?: Gate;
  /** Cleaned by `agentEnvironment` before any command sees it. */
  readonly env?: Environment;
  readonly platform?: NodeJS.Platform;
  readonly exists?: (path: string) => boolean;
  /** Where commands under way are noted, for `killLeftoverCommands`; absent: nowhere. */
  readonly home?: string;
  /** What confines commands; absent: nothing does. */
  readonly sandbox?: ShellSandbox;
  /** What commands of a folder get besides, by the root of their place. */
  readonly variablesOf?: (root: string) => Promise<Readonly<Record<string, string>>>;
}

/**
 * Commands over `bash -c` (`sh` where there is no bash), stdin closed, stderr joined to stdout unless the output is
 * recorded. What a command leaves
 * running in its process group ends with it: nobody else would ever stop that.
 */
export function createCommands(options: ShellOptions = {}): Commands {
  const { gate, env = process.env, platform = process.platform, exists = existsSync, home, sandbox } = options;
  const { variablesOf } = options;
  const records = home === undefined ? null : createCommandRecords(home);
  const surroundings = { records, env: agentEnvironment(env), sandbox: sandbox ?? null, variablesOf };
  const shell = findShell({ platform, env, exists });
  return {
    run: async (request, signal) => {
      throwIfAborted(signal);
      if (shell.kind === 'missing') return notStarted(shell.message);
      const run = (): Promise<CommandResult> => runCommand({ ...surroundings, shell }, request, signal);
      return gate && !request.background ? gate.run(run, signal, request.onQueued) : run();
    },
    ...(sandbox ? { warning: () => sandbox.warning() } : {}),
  };
}

function notStarted(message: string): NotStarted {
  return { kind: 'not-started', message };
}

function cannotStart({ cwd }: CommandRequest, problem: string): NotStarted {
  return notStarted(`The command could not start in ${cwd}: ${problem}`);
}

interface Surroundings {
  readonly shell: Extract<FoundShell, { readonly kind: 'found' }>;
  readonly env: Record<string, string>;
  readonly records: CommandRecords | null;
  readonly sandbox: ShellSandbox | null;
  readonly variablesOf: ShellOptions['variablesOf'];
}

async function runCommand(
  surroundings: Surroundings,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  for (let start = 1; ; start += 1) {
    const result = await startCommand(surroundings, request, signal);
    if (surroundings.sandbox === null || result.kind === 'not-started') return result;
    if (!neverBegan(result.exitCode, result.output)) return result;
    if (start === STARTS) return cannotStart(request, result.output.trim());
  }
}

async function startCommand(
  surroundings: Surroundings,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  const output = openCommandOutput(request);
  try {
    const launch = await launchOf(surroundings, request, output, signal);
    if (launch.kind === 'refused') return notStarted(launch.message);
    try {
      return await runInto(output, launch, surroundings, request, signal);
    } finally {
      await launch.done();
    }
  } finally {
    await output.close();
  }
}

/** On its way out a shell says where it stands. It is on the command's own first line: the numbers of lines hold. */
const TELL_FOLDER = "trap 'pwd -P >&3' EXIT; ";

/** Programs of Windows are handed three pipes and no more. */
function tellsFolder(request: CommandRequest): boolean {
  return request.tellsFolder === true && process.platform !== 'win32';
}

async function launchOf(
  { shell, env: common, sandbox, variablesOf }: Surroundings,
  request: CommandRequest,
  { prefix }: CommandOutput,
  signal: AbortSignal,
): Promise<Launch> {
  const env = { ...common, ...(await variablesOf?.(request.place?.root ?? request.cwd)) };
  throwIfAborted(signal);
  const command = `${tellsFolder(request) ? TELL_FOLDER : ''}${prefix}${request.command}`;
  const confined = await sandbox?.confine({ shell: shell.program, command, env, request }, signal);
  if (confined) return confined;
  if (request.mustBeConfined) return { kind: 'refused', message: NOT_CONFINED };
  return { kind: 'launch', program: shell.program, args: [...shell.args, command], env, done: () => Promise.resolve() };
}

const NOT_CONFINED = 'This command may run in a sandbox only, and there is none. Send the call again.';

async function runInto(
  output: CommandOutput,
  launch: Extract<Launch, { readonly kind: 'launch' }>,
  { records }: Surroundings,
  request: CommandRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  throwIfAborted(signal);
  const startedAt = performance.now();
  const mark = randomBytes(12).toString('hex');
  const started = startGroup(launch.program, launch.args, {
    cwd: request.cwd,
    env: { ...launch.env, [COMMAND_MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe', tellsFolder(request) ? 'pipe' : 'ignore'],
  });
  if (started.kind === 'not-started') return cannotStart(request, await started.problem);
  const { child } = started;
  const record = child.pid === undefined ? undefined : records?.begin(child.pid);
  output.take(pipeOf(child, 1), pipeOf(child, 2));
  const folder = tellsFolder(request) ? folderTold(pipeOf(child, 3)) : () => undefined;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await firstEnd(child, request.timeoutMs, signal);
  await endGroup(child, mark, closed);
  record?.dispose();
  throwIfAborted(signal);
  const ms = Math.round(performance.now() - startedAt);
  switch (end.kind) {
    case 'exited': {
      const told = folder();
      return { kind: 'exited', exitCode: end.exitCode, ...output.kept(), ms, ...(told ? { folder: told } : {}) };
    }
    case 'not-started':
      return cannotStart(request, end.problem);
    case 'timed-out':
      return { kind: 'timed-out', exitCode: null, ...output.kept(), ms };
    case 'aborted':
      throw new AbortError(signal.reason);
  }
}

const MAX_FOLDER_CHARS = 8192;

/** The last whole line that came: what the command itself writes there is its own word, and checked by whoever asked. */
function folderTold(pipe: Readable): () => string | undefined {
  let text = '';
  pipe.setEncoding('utf8');
  pipe.on('data', (chunk: string) => (text = (text + chunk).slice(-MAX_FOLDER_CHARS)));
  return () => text.split('\n').at(-2);
}
