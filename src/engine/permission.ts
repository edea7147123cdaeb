import type { PermissionMode } from '../protocol/run.ts';

export type Access = 'read' | 'write' | 'execute';

/** What a tool call is about to do. `subject` is a shell command, or an absolute path with symlinks resolved. */
export interface PermissionRequest {
  readonly tool: string;
  readonly access: Access;
  readonly subject: string;
}

/** A rule as people write it: `Bash(npm test:*)`, `Edit(src/**)`, `Read`. */
export type RuleText = string;

export interface PermissionRules {
  readonly deny: readonly RuleText[];
  readonly ask: readonly RuleText[];
  readonly allow: readonly RuleText[];
}

export interface PermissionPolicy {
  readonly mode: PermissionMode;
  readonly rules: PermissionRules;
  /** The agent's working directory: its own worktree, or the session's folder. Absolute, symlinks resolved. */
  readonly root: string;
  /** True when `root` is a worktree that belongs to this agent alone: it may write there, and nowhere else. */
  readonly ownsRoot: boolean;
  /** Folder of what was too long to be told to this agent: it may read there. Absolute, symlinks resolved. */
  readonly outputs?: string;
  /** Folders, such as those of skills, in which it may read besides. Absolute, symlinks resolved. */
  readonly readable?: readonly string[];
}

export type Decision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'ask' }
  /** `reason` goes to the model: what is not allowed and what is. */
  | { readonly kind: 'deny'; readonly reason: string };
