import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_COMMITS, type CommitSettings } from '../../node/commits/commitSettings.ts';
import { DEFAULT_SANDBOX, type SandboxSettings } from '../../node/shellSandbox/sandboxSettings.ts';
import type { ServedTerms } from '../../protocol/serve.ts';
import type { CommandLinePermissions } from '../permissionFlags.ts';

interface Given {
  readonly permissions: CommandLinePermissions | undefined;
  readonly sandbox: SandboxSettings;
  readonly commits?: CommitSettings;
}

/** What the flags say of how agents are held; what they leave as it is by default is as the serving process was begun. */
export function termsOf({ permissions, sandbox, commits = DEFAULT_COMMITS }: Given): ServedTerms {
  return {
    ...(permissions === undefined ? {} : { permissions: permissionsOf(permissions) }),
    ...(isDeepStrictEqual(sandbox, DEFAULT_SANDBOX) ? {} : { sandbox }),
    ...(isDeepStrictEqual(commits, DEFAULT_COMMITS) ? {} : { commits: commitsOf(commits) }),
  };
}

function permissionsOf({ rules, askTimeoutMs }: CommandLinePermissions) {
  return { rules, ...(askTimeoutMs === undefined ? {} : { askTimeoutMs }) };
}

function commitsOf({ sign, runHooks, name, email }: CommitSettings) {
  return { sign, runHooks, ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) };
}
