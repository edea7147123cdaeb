import type { LaunchOffer } from '../protocol/launchOffer.ts';
import type { PermissionMode } from '../protocol/run.ts';

/**
 * `network`: something leaves for a host; allowed by a rule `WebFetch(domain:…)`, whatever the tool, or by asking.
 * `tool`: any other tool by its name, such as an MCP server's; allowed by a rule that names it, or by asking.
 */
export type Access = 'read' | 'write' | 'execute' | 'network' | 'tool';

/** What a tool call is about to do. Two requests that are equal in all fields are one question to a person. */
export interface PermissionRequest {
  readonly tool: string;
  readonly access: Access;
  /**
   * `read`, `write`: an absolute path with symlinks resolved. `execute`: a shell command. `network`: a URL as a URL parser
   * writes it, or a host; one request for each host that a call reaches, redirections too. `tool`: what a rule may say in
   * brackets, such as an agent type for `Agent(Explore)`; empty where a rule can but name the tool (`mcp__server__tool`).
   */
  readonly subject: string;
  /** Of a `tool` request that changes nothing: while an agent only plans, a rule may still allow it. */
  readonly readOnly?: boolean;
  /** All that a person should see before allowing it, where `subject` does not say it: an MCP tool's input. */
  readonly detail?: string;
  /** Of a command that does not begin where the agent's commands do at first. Absolute, symlinks resolved. */
  readonly cwd?: string;
  /** Of a command that runs in a sandbox or not at all, where a person lets such run without a question. */
  readonly confined?: boolean;
  /** Of a workflow that is to start: what a person is shown in the place of a line. */
  readonly launch?: LaunchOffer;
}

/** A rule as people write it: `Bash(npm test:*)`, `Edit(src/**)`, `WebFetch(domain:example.com)`, `mcp__server`. */
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
  /** Where its commands begin at first, if that is not `root`, in which it lies. Absolute, symlinks resolved. */
  readonly start?: string;
  /** True when `root` is a worktree that belongs to this agent alone: it may write there, and nowhere else. */
  readonly ownsRoot: boolean;
  /** Of a worktree that it owns, what it may write, as globs from its top (see `pathScope`). Absent: all of it. */
  readonly writes?: readonly string[];
  /** Folders that a person counts as the session's as well. Absolute, symlinks resolved. */
  readonly directories?: readonly string[];
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
