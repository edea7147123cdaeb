import type { OwnPermissions } from '../node/permissionSettings.ts';
import { CommandError } from './commandError.ts';

/** The person's own rules for what one command starts; each may be given several times. */
export const PERMISSION_FLAGS = {
  allow: { type: 'string', multiple: true },
  ask: { type: 'string', multiple: true },
  deny: { type: 'string', multiple: true },
  'ask-minutes': { type: 'string' },
} as const;

export interface PermissionFlags {
  readonly allow?: readonly string[];
  readonly ask?: readonly string[];
  readonly deny?: readonly string[];
  readonly 'ask-minutes'?: string;
}

export interface CommandLinePermissions extends OwnPermissions {
  readonly rules: {
    readonly allow: readonly string[];
    readonly ask: readonly string[];
    readonly deny: readonly string[];
  };
}

/** How a warning names the place. */
export const COMMAND_LINE = 'The command line';

/** Undefined when none was given. What is no rule is said when the run begins, as of those in files. */
export function ownPermissionsOf(flags: PermissionFlags): CommandLinePermissions | undefined {
  const { allow = [], ask = [], deny = [] } = flags;
  const minutes = minutesOf(flags['ask-minutes']);
  if (allow.length + ask.length + deny.length === 0 && minutes === undefined) return undefined;
  return { name: COMMAND_LINE, rules: { allow, ask, deny }, askTimeoutMs: minutes && minutes * 60_000 };
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (minutes > 0 && minutes <= 1440) return minutes;
  throw new CommandError(`--ask-minutes is a number above 0 and at most 1440, not "${text}".`);
}
