import type { PermissionRequest } from '../engine/permission.ts';
import { touches } from '../engine/permissionRules.ts';
import type { RunContext } from './runContext.ts';

/**
 * What the rules say of a call that needs no permission unless one names it, such as `Agent(Explore)`. `denied`: the rule
 * that forbids it. `permission`: what is to be asked, where a rule asks.
 */
export function namedCall(
  { permissions, cwd }: Pick<RunContext, 'permissions' | 'cwd'>,
  tool: string,
  subject: string,
): { readonly denied: string } | { readonly denied?: never; readonly permission?: PermissionRequest } {
  // Neither changes anything by itself: an agent that plans may use it, also where a person is to be asked.
  const request: PermissionRequest = { tool, access: 'tool', subject, readOnly: true };
  const denied = touches(permissions.rules.deny, request, cwd);
  if (denied !== undefined) return { denied };
  return touches(permissions.rules.ask, request, cwd) === undefined ? {} : { permission: request };
}
