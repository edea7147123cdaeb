import { resolve } from 'node:path';
import type { SandboxSettings } from '../node/shellSandbox/sandboxSettings.ts';
import { EFFORTS, type Effort } from '../protocol/capabilities.ts';
import { PERMISSION_MODES, type PermissionMode } from '../protocol/run.ts';
import { MODEL_FLAGS, type ModelFlags } from './chooseModel.ts';
import { CommandError } from './commandError.ts';
import { checkDetached, DETACH_FLAG } from './detach/detachFlag.ts';
import type { Io } from './io.ts';
import { oneOf, parseFlags } from './parseFlags.ts';
import { ownPermissionsOf, PERMISSION_FLAGS, type CommandLinePermissions } from './permissionFlags.ts';
import { SANDBOX_FLAGS, sandboxFrom } from './sandboxFlags.ts';

/** What `dwf chat` was told. */
export interface ChatFlags {
  /** Absent: a person types. */
  readonly prompt: string | undefined;
  /** `newest`: the one of this folder that was opened last. */
  readonly session: { readonly id: string } | 'newest' | 'new';
  /** A new one begins with what that one said, up to a turn. */
  readonly fork: { readonly sessionId: string; readonly turns?: number } | undefined;
  readonly cwd: string;
  readonly model: string | undefined;
  readonly effort: Effort | undefined;
  readonly permissionMode: PermissionMode | undefined;
  readonly permissions: CommandLinePermissions | undefined;
  readonly modelFlags: ModelFlags;
  readonly sandbox: SandboxSettings;
  readonly json: boolean;
  /** The serving process has it. */
  readonly detach: boolean;
}

const CHAT_FLAGS = {
  ...MODEL_FLAGS,
  ...SANDBOX_FLAGS,
  ...PERMISSION_FLAGS,
  prompt: { type: 'string', short: 'p' },
  continue: { type: 'boolean', short: 'c' },
  session: { type: 'string' },
  fork: { type: 'string' },
  cwd: { type: 'string' },
  model: { type: 'string' },
  effort: { type: 'string' },
  'permission-mode': { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
  ...DETACH_FLAG,
} as const;

export function parseChatFlags(io: Io, argv: readonly string[]): ChatFlags {
  const { values, positionals } = parseFlags('chat', argv, CHAT_FLAGS, ['simulate']);
  if (positionals.length > 0)
    throw new CommandError(`"${positionals[0] ?? ''}" is one too many. To ask one thing: dwf chat -p "…"`);
  const { prompt } = values;
  if (prompt?.trim() === '') throw new CommandError('-p needs something to ask.');
  if (values.json && prompt === undefined) throw new CommandError('--json goes with -p alone.');
  checkDetached(values);
  if (prompt === undefined && !io.canAsk)
    throw new CommandError('There is no terminal to type in. To ask one thing: dwf chat -p "…"');
  if ([values.continue, values.session, values.fork].filter((given) => given !== undefined).length > 1)
    throw new CommandError('--continue, --session and --fork exclude each other: give one.');
  return {
    prompt,
    session: values.session !== undefined ? { id: values.session } : values.continue ? 'newest' : 'new',
    fork: values.fork === undefined ? undefined : forkFlag(values.fork),
    cwd: resolve(io.cwd, values.cwd ?? '.'),
    model: values.model,
    effort: oneOf('effort', values.effort, EFFORTS),
    permissionMode: oneOf('permission-mode', values['permission-mode'], PERMISSION_MODES),
    // Workflows start without a question then; what their agents do is still asked for.
    permissions: ownPermissionsOf(values.yes ? { ...values, allow: [...(values.allow ?? []), 'Workflow'] } : values),
    modelFlags: values,
    sandbox: sandboxFrom(values),
    json: values.json === true,
    detach: values.detach === true,
  };
}

/** `session-abc`, or `session-abc:3` for what it knew after its third turn. */
function forkFlag(text: string): NonNullable<ChatFlags['fork']> {
  const [sessionId = '', turn] = text.split(':');
  if (turn === undefined) return { sessionId };
  const turns = /^\d{1,6}$/.test(turn) ? Number(turn) : 0;
  if (turns < 1) throw new CommandError('--fork takes a session and, after a colon, a turn from 1: session-abc:3');
  return { sessionId, turns };
}
