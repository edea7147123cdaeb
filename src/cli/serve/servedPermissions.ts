import type { OwnPermissions } from '../../node/permissionSettings.ts';
import type { PermissionMode } from '../../protocol/run.ts';
import type { ServedTerms } from '../../protocol/serve.ts';
import { COMMAND_LINE, type CommandLinePermissions } from '../permissionFlags.ts';

/** Nobody sits before the serving process: a question waits for whoever comes by within a day. */
const ASK_MS = 24 * 60 * 60_000;
const NO_RULES = { allow: [], ask: [], deny: [] };

interface Own {
  readonly permissionMode: PermissionMode | undefined;
  readonly permissions: CommandLinePermissions | undefined;
}

/** The rules that the process was begun with, and those that came with what it was handed. */
export function servedPermissions(
  { permissionMode: mode, permissions: own }: Own,
  given: ServedTerms['permissions'],
): OwnPermissions {
  const all = [own?.rules ?? NO_RULES, given?.rules ?? NO_RULES];
  return {
    name: COMMAND_LINE,
    rules: {
      allow: all.flatMap(({ allow }) => allow),
      ask: all.flatMap(({ ask }) => ask),
      deny: all.flatMap(({ deny }) => deny),
    },
    ...(mode === undefined ? {} : { mode }),
    askTimeoutMs: given?.askTimeoutMs ?? own?.askTimeoutMs ?? ASK_MS,
  };
}
