import type { Prompts } from '../engine/prompts.ts';
import type { BaseCommit } from '../protocol/run.ts';

/** What the agents of a run are told besides their tasks; read once a run. */
export interface Briefing {
  readonly prompts: Prompts;
  /**
   * The same for all agents: the project's rules and the person's, where git stands, what lies where. It comes first
   * in each conversation, so that the prompt cache holds it. Empty: nothing is to be told.
   */
  readonly shared: string;
  /** For a person: what could not be read, and what follows from that. */
  readonly warnings: readonly string[];
}

/** `cwd`: the session's folder. `base` is null where it is in no repository. */
export type ReadBriefing = (cwd: string, base: BaseCommit | null) => Promise<Briefing>;
