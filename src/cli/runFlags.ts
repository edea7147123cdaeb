import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Json } from '../protocol/json.ts';
import { concurrencyOf } from '../node/concurrency.ts';
import type { CommitSettings } from '../node/commits/commitSettings.ts';
import type { SandboxSettings } from '../node/shellSandbox/sandboxSettings.ts';
import { isMissing } from '../node/errno.ts';
import type { LaunchRequest } from '../protocol/messages.ts';
import { PERMISSION_MODES, type Concurrency } from '../protocol/run.ts';
import { CAP_FLAGS, capsFrom } from './capFlags.ts';
import { MODEL_FLAGS, type ModelFlags } from './chooseModel.ts';
import { COMMIT_FLAGS, commitsFrom } from './commitFlags.ts';
import { CommandError } from './commandError.ts';
import { checkDetached, DETACH_FLAG } from './detach/detachFlag.ts';
import type { ShowFlags } from './followRun.ts';
import type { Io } from './io.ts';
import { oneOf, parseFlags } from './parseFlags.ts';
import { ownPermissionsOf, PERMISSION_FLAGS, type CommandLinePermissions } from './permissionFlags.ts';
import { SANDBOX_FLAGS, sandboxFrom } from './sandboxFlags.ts';
import { WORKTREE_FLAGS, worktreeFrom } from './worktreeFlags.ts';

/** What `run` and `demo` were told. */
export interface RunFlags {
  /** File or name; absent: none was given. */
  readonly target: string | undefined;
  readonly cwd: string;
  readonly settings: Pick<
    LaunchRequest,
    'args' | 'model' | 'concurrency' | 'caps' | 'permissionMode' | 'requireReview' | 'dirtyCheckout' | 'worktree'
  >;
  /** Undefined: none of them was given. */
  readonly permissions: CommandLinePermissions | undefined;
  readonly model: ModelFlags;
  readonly sandbox: SandboxSettings;
  readonly commits: CommitSettings;
  readonly show: ShowFlags;
  readonly yes: boolean;
  /** The serving process has it. */
  readonly detach: boolean;
}

export const SHOW_FLAGS = {
  json: { type: 'boolean' },
  events: { type: 'boolean' },
  'result-file': { type: 'string' },
} as const;

const RUN_FLAGS = {
  ...MODEL_FLAGS,
  ...SHOW_FLAGS,
  args: { type: 'string' },
  cwd: { type: 'string' },
  model: { type: 'string' },
  concurrency: { type: 'string' },
  ...CAP_FLAGS,
  ...SANDBOX_FLAGS,
  ...COMMIT_FLAGS,
  ...WORKTREE_FLAGS,
  'permission-mode': { type: 'string' },
  ...PERMISSION_FLAGS,
  'land-unreviewed': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  ...DETACH_FLAG,
} as const;

export async function parseRunFlags(io: Io, command: string, argv: readonly string[]): Promise<RunFlags> {
  const { values, positionals } = parseFlags(command, argv, RUN_FLAGS, ['simulate']);
  const [target, extra] = positionals;
  if (extra !== undefined)
    throw new CommandError(`One workflow at a time: "${extra}" is one too many. See: dwf ${command} --help`);
  if (command !== 'run' && values.detach === true) throw new CommandError('--detach goes with run, resume and chat.');
  checkDetached(values);
  const concurrency = concurrencyFlag(values.concurrency);
  const caps = capsFrom(values);
  const permissionMode = oneOf('permission-mode', values['permission-mode'], PERMISSION_MODES);
  const args = values.args === undefined ? undefined : await parseArgsFlag(io, values.args);
  return {
    target,
    cwd: resolve(io.cwd, values.cwd ?? '.'),
    settings: {
      ...(args === undefined ? {} : { args }),
      ...(values.model === undefined ? {} : { model: values.model }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(caps === undefined ? {} : { caps }),
      ...(permissionMode === undefined ? {} : { permissionMode }),
      ...(values['land-unreviewed'] === true ? { requireReview: false } : {}),
      ...worktreeFrom(values),
    },
    permissions: ownPermissionsOf(values),
    model: values,
    sandbox: sandboxFrom(values),
    commits: commitsFrom(values),
    show: await showFlags(io, values),
    yes: values.yes === true,
    detach: values.detach === true,
  };
}

/** Says at once, not after an hour's run, that a result file cannot be written. */
export async function showFlags(
  io: Io,
  values: { readonly json?: boolean; readonly events?: boolean; readonly 'result-file'?: string },
): Promise<ShowFlags> {
  const file = values['result-file'];
  if (file === undefined) return { json: values.json, events: values.events };
  const resultFile = resolve(io.cwd, file);
  const folder = await stat(dirname(resultFile)).catch(() => null);
  if (folder?.isDirectory() !== true)
    throw new CommandError(`--result-file: there is no folder ${dirname(resultFile)}.`);
  if ((await stat(resultFile).catch(() => null))?.isDirectory() === true) {
    throw new CommandError(`--result-file: ${resultFile} is a folder.`);
  }
  return { json: values.json, events: values.events, resultFile };
}

export function concurrencyFlag(text: string | undefined): Concurrency | undefined {
  if (text === undefined) return undefined;
  const concurrency = concurrencyOf(text);
  if (concurrency !== null) return concurrency;
  throw new CommandError(`--concurrency is a whole number from 1 to 256, cores or elastic, not "${text}".`);
}

/** JSON itself, or `@file` with it. */
async function parseArgsFlag(io: Io, text: string): Promise<Json> {
  if (!text.startsWith('@')) return parseJsonFlag('--args', text);
  const path = resolve(io.cwd, text.slice(1));
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(isMissing(error) ? `--args: there is no file ${path}.` : `--args: ${path} cannot be read.`);
  });
  return parseJsonFlag(`--args: ${path}`, content);
}

function parseJsonFlag(what: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `${what} is not valid JSON: ${reason.replace(/ is not valid JSON$/, '')}. For example: --args '{"depth": 2}'`,
    );
  }
}
