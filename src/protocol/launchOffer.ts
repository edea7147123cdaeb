import type { Forecast } from './forecast.ts';
import type { BaseCommit, PermissionMode, PhaseInfo, RunCaps } from './run.ts';

/** What a session's agent wants to start, for the person who decides: the script that was checked, and what will hold for its run. */
export interface LaunchOffer {
  readonly workflowName: string;
  /** What this run is for, in the agent's words; empty: it gave none. */
  readonly title: string;
  readonly description: string;
  readonly phases: readonly PhaseInfo[];
  readonly cwd: string;
  /** As it is going to be: a `snapshot` where uncommitted files are to be part of it. Null: the folder is no repository. */
  readonly base: BaseCommit | null;
  readonly model: string;
  /** Where the model is, when that is not its maker's own service: `http://localhost:11434`. */
  readonly modelAt?: string;
  /** Nothing is sent and nothing spent. */
  readonly simulated?: true;
  /** Agents at once. */
  readonly concurrency: number;
  readonly permissionMode: PermissionMode;
  readonly caps: RunCaps;
  /** The person's own words that set some of the caps. */
  readonly budgetWords: readonly string[];
  /** What it starts besides its agents, a line each. */
  readonly extras: readonly string[];
  /** Null: it could not be told in a moment. */
  readonly forecast: Forecast | null;
  /** Of a run that goes on by another script: which one, and how many of its calls come from the journal. */
  readonly goesOn?: { readonly runId: string; readonly journal: string };
  /** The text that is going to run. */
  readonly script: string;
}
