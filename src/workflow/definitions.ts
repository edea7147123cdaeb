import type { Role } from '../engine/prompts.ts';
import type { Effort } from '../engine/model.ts';
import type { PermissionMode } from '../protocol/run.ts';

/** A Markdown file that says what an agent or a skill is. */
export interface DefinitionFile {
  /** Absolute, symlinks resolved. */
  readonly path: string;
  /** The file's name without its ending; of a skill, its folder's name. */
  readonly name: string;
  readonly origin: 'project' | 'personal' | 'plugin';
  /** The name of the plugin that it belongs to, else null. */
  readonly plugin: string | null;
  readonly text: string;
}

export interface SkillFile extends DefinitionFile {
  /** Absolute, symlinks resolved. */
  readonly folder: string;
  /** Absolute paths of the workflow scripts that lie in it. */
  readonly scripts: readonly string[];
}

export interface DefinitionFiles {
  readonly agents: readonly DefinitionFile[];
  readonly skills: readonly SkillFile[];
  /** For a person: a file that is there and not used, and why. */
  readonly warnings: readonly string[];
}

/**
 * What a project, its person and the person's plugins keep for agents: `.claude/agents/*.md` and `.claude/skills/*`.
 * Of files with one name, the one that counts comes first.
 */
export interface Definitions {
  read(cwd: string): Promise<DefinitionFiles>;
}

/** A kind of agent (W26). What is absent is as the script or the run has it. */
export interface AgentType {
  /** As scripts write it; of a plugin's, `plugin:name`. */
  readonly name: string;
  readonly description: string;
  /** Stands after the system prompt that all agents of a role have; empty: nothing does. */
  readonly prompt: string;
  /** Of a type that is always there: the role whose system prompt it has, which a person may replace. Default: `agent`. */
  readonly role?: Role;
  /** Names, or patterns such as `mcp__github__*`; absent: all. */
  readonly tools?: readonly string[];
  readonly disallowedTools?: readonly string[];
  /** It changes nothing, whatever tools there are. */
  readonly readOnly?: boolean;
  readonly model?: string;
  readonly effort?: Effort;
  /** Narrows what the run permits, and never widens it. */
  readonly permissionMode?: PermissionMode;
  readonly maxTurns?: number;
  /** Names of skills that it is told from the start. */
  readonly skills?: readonly string[];
  /** Servers whose tools it gets; absent: those of all. */
  readonly mcpServers?: readonly string[];
  readonly isolation?: 'worktree';
}

/** Something an agent can be taught when a task calls for it. */
export interface Skill {
  /** Of a plugin's, `plugin:name`. */
  readonly name: string;
  readonly description: string;
  readonly text: string;
  readonly folder: string;
  readonly scripts: readonly string[];
  /** `program`: it comes with this program, and has no files. */
  readonly origin: DefinitionFile['origin'] | 'program';
  /** False: agents are not told of it; an agent type may still have it from the start. */
  readonly offered: boolean;
}
