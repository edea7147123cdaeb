import type { Json } from './json.ts';
import type { Usage } from './usage.ts';

export type PermissionMode = 'plan' | 'default' | 'acceptEdits' | 'dontAsk' | 'bypass';
export const PERMISSION_MODES = ['plan', 'default', 'acceptEdits', 'dontAsk', 'bypass'] as const;

/** Agents at once: a number, or 16 and fewer while the machine is short of memory or behind with its work (W37). */
export type Concurrency = number | 'elastic';
export const ELASTIC_AGENTS = 16;
/** The most that anybody may ask for. */
export const MAX_CONCURRENCY = 256;

/**
 * How a run stands. `interrupted`: its process is gone without having said how it ended.
 * `degraded`: it ended and something in it did not (listed in `failures`).
 */
export type RunStatus = 'running' | 'completed' | 'degraded' | 'stopped' | 'failed' | 'interrupted';

/** Why an `agent()` call is `null` (W23). */
export type NullCause =
  | 'skipped'
  | 'stopped'
  | 'timeout'
  | 'stalled'
  | 'api'
  | 'quota'
  | 'refused'
  | 'context'
  | 'max-turns'
  | 'worktree'
  | 'verify'
  /** A command that was to say whether it is done could not be started. */
  | 'not-started'
  | 'paths'
  | 'script';

/**
 * Something of a run that did not become a result; `agentId` where an agent was behind it. `times`: how often it came, alike
 * in all else, where that was more than once.
 */
export interface Failure {
  readonly cause: NullCause | 'schema' | 'budget' | 'unvisited' | 'not-json' | 'unhandled-rejection';
  readonly message: string;
  readonly label?: string;
  readonly agentId?: string;
  readonly times?: number;
}

export interface PhaseInfo {
  readonly title: string;
  readonly detail?: string;
}

/** The commit that a run's worktrees start from, and what of the checkout is not in it. */
export interface BaseCommit {
  readonly commit: string;
  /** Absent on a detached HEAD. */
  readonly branch?: string;
  /** Files with uncommitted changes or untracked. Agents in worktrees do not see them, unless it is a `snapshot`. */
  readonly dirtyFiles: number;
  /**
   * `commit` is none of the person's: it holds their uncommitted files on top of `head`, and stands below all that the run
   * makes. Who takes over a change must not take these files for the run's.
   */
  readonly snapshot?: true;
  /** Of a snapshot: the commit that the checkout stood on. */
  readonly head?: string;
}

/** What becomes of uncommitted files when a run begins: they are no part of it, or its base is a snapshot with them. */
export const DIRTY_CHOICES = ['leave-out', 'snapshot'] as const;
export type DirtyChoice = (typeof DIRTY_CHOICES)[number];

/** How a run's worktrees are made; fixed at its launch, so that a resume makes them in the same way. */
export interface WorktreeChoices {
  /** Names of folders that git ignores and worktrees need, such as `node_modules`, or paths from the top. Absent: the usual. */
  readonly dependencyFolders?: readonly string[];
  /** A shell command that runs in each worktree before its agent. Empty: none. */
  readonly setup?: string;
  readonly setupMinutes?: number;
}

export const DEFAULT_SETUP_MINUTES = 10;

/**
 * Limits of a run, of a phase or of one agent (W35); what is absent is not limited. `minutes` is time on the wall, without
 * what a run spends paused. `agents` are agents started.
 */
export interface Caps {
  readonly outputTokens?: number;
  readonly usd?: number;
  readonly agents?: number;
  readonly minutes?: number;
}

/** Agents that one run may start, where nobody says otherwise (W38). */
export const MAX_AGENTS = 1_000;

/**
 * Output tokens that an attempt may use without a word from a person, when its run has no cap in tokens or money (W35):
 * about a hundred agents of fifty thousand each, far above what the shipped workflows use, far below what hurts.
 */
export const SAFETY_TOKENS = 5_000_000;

export const CAP_NAMES = ['outputTokens', 'usd', 'agents', 'minutes'] as const satisfies readonly (keyof Caps)[];

/** Limits of one agent that its call sets. */
export type AgentCaps = Pick<Caps, 'outputTokens' | 'usd'>;

/** Limits of a whole run, over all of its attempts; `perAgent` holds for each of its agents. */
export interface RunCaps extends Caps {
  readonly perAgent?: Omit<Caps, 'agents'>;
}

/**
 * Why a run stands still though it lives: `person` asked for it, `quota` the provider said when there is more, `limit` a
 * safety limit was reached and a person decides.
 */
export type PauseReason = 'person' | 'quota' | 'limit';

/** What became of everything that one attempt of a run asked for, so that nothing is lost without a word. */
export interface Census {
  readonly agents: {
    /** With an answer; `fromJournal` of them did not have to run for it. */
    readonly done: number;
    readonly fromJournal: number;
    /** By cause; causes that did not occur are absent. */
    readonly null: { readonly [Cause in NullCause]?: number };
    readonly threw: number;
    /** Had not ended when the run did. */
    readonly abandoned: number;
  };
  /** Calls that a cap refused before they were agents; absent when there were none. */
  readonly refused?: number;
  /** Units that `coverage()` counted (X11), by what it said of each last; absent when it was not asked. */
  readonly units?: { readonly done: number; readonly failed: number; readonly unvisited: number };
}

/** What a run has used. `usd` is null as soon as one reply came from a model without a known price. */
export interface RunUsage extends Usage {
  readonly agents: number;
  readonly requests: number;
  readonly usd: number | null;
  readonly ms: number;
}

/** `closed`: the program that ran it was closed; the run can go on where it was. */
export type StopReason = 'person' | 'closed' | 'budget' | 'agents';

/**
 * How a run ended. `result` is what the script returned; of a run that did not get there, the answers of the agents
 * that had finished (`{finished: [{agentId, label, value}]}`), so that nothing paid for is lost.
 */
export type RunEnd = { readonly result: Json; readonly failures: readonly Failure[] } & (
  | { readonly status: 'completed' | 'degraded' }
  | { readonly status: 'stopped'; readonly reason: StopReason; readonly message: string }
  | { readonly status: 'failed'; readonly message: string }
);
