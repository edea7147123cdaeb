import type { PermissionPolicy, PermissionRules, RuleText } from '../engine/permission.ts';
import type { PermissionMode } from '../protocol/run.ts';

/** What the person and the project have settled before a run begins. */
export interface PermissionSettings {
  readonly rules: PermissionRules;
  /** For runs whose launch names none. */
  readonly mode?: PermissionMode;
  /** Folders that count as the session's. Absolute, symlinks resolved. */
  readonly directories?: readonly string[];
  /** How long a question waits for a person. */
  readonly askTimeoutMs?: number;
  /** For a person: a file or a rule that is not used, and what follows from that. */
  readonly warnings: readonly string[];
}

/** The part of every agent's policy that its run has in common. */
export type RunPermissions = Pick<PermissionPolicy, 'rules' | 'directories'>;

/** `allow` is the list within, to which answers for this run add; every policy of the run holds it, none a copy. */
export function runPermissions({ rules, directories = [] }: PermissionSettings): {
  readonly permissions: RunPermissions;
  readonly allow: RuleText[];
} {
  const allow = [...rules.allow];
  return { permissions: { rules: { ...rules, allow }, directories }, allow };
}
