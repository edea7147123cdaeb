import type { Json } from './json.ts';
import type { Change, Finding, Landing, Review } from './change.ts';
import type { LaunchOffer } from './launchOffer.ts';
import type {
  BaseCommit,
  Caps,
  Census,
  Concurrency,
  DirtyChoice,
  NullCause,
  PauseReason,
  PermissionMode,
  PhaseInfo,
  RunCaps,
  RunEnd,
  RunUsage,
  WorktreeChoices,
} from './run.ts';
import type { SessionEventBody } from './session.ts';
import type { Usage } from './usage.ts';

// The one file of messages: commands come in (imperative), events go out (past tense, numbered a run),
// a snapshot stands for all events up to its number.

/** Where a run's script comes from; `scriptPath` wins over `script`, which wins over `name` (W40). */
export interface LaunchRequest {
  readonly scriptPath?: string;
  readonly script?: string;
  readonly name?: string;
  readonly args?: Json;
  readonly cwd: string;
  readonly model?: string;
  /** Absent: elastic. */
  readonly concurrency?: Concurrency;
  readonly caps?: RunCaps;
  /**
   * Output tokens that an attempt may use without a word from a person, while the run has no cap in tokens or money (W35);
   * the script does not see it. Null: any number. Absent: as the program is set.
   */
  readonly safetyTokens?: number | null;
  /** False: what no review has approved lands as well. Absent: it does not. */
  readonly requireReview?: boolean;
  readonly permissionMode?: PermissionMode;
  /** Absent: they are left out. */
  readonly dirtyCheckout?: DirtyChoice;
  readonly worktree?: WorktreeChoices;
}

/** What can be said to a run under way. Launching and resuming answer at once and are calls of the runtime instead. */
export type Command = { readonly commandId: string; readonly runId: string } & (
  | { readonly type: 'run.stop' }
  /** No agent starts and none asks its model until it is continued; what is under way comes to its end. */
  | { readonly type: 'run.pause' }
  | { readonly type: 'run.continue' }
  /** Agents at once, and caps: those that are named replace the run's own, null lifts one. */
  | { readonly type: 'run.set'; readonly concurrency?: Concurrency; readonly caps?: CapChanges }
  /** The phase's agents that have not ended are stopped, so that what waits for them goes on (X06). */
  | { readonly type: 'phase.finish'; readonly phase: string | null }
  /** Its call is null: `stopped` is asked again by a resume, `skipped` never is (W42). */
  | { readonly type: 'agent.stop' | 'agent.skip'; readonly agentId: string }
  /** From its beginning: what it did so far is forgotten, not undone. */
  | { readonly type: 'agent.restart'; readonly agentId: string }
  /** Said to it before its next turn. */
  | { readonly type: 'agent.steer'; readonly agentId: string; readonly message: string }
  /** `scope` is of what is allowed, absent: this once. `reason` is of a denial, and told to the agents that asked. */
  | {
      readonly type: 'permission.answer';
      readonly requestId: string;
      readonly allow: boolean;
      readonly scope?: PermissionScope;
      readonly reason?: string;
    }
  /** One of its choices, where it has any (X04). */
  | { readonly type: 'question.answer'; readonly requestId: string; readonly answer: string }
  /** To a session: what its agent is to do next. `plain`: no word in it asks for a workflow by itself. */
  | { readonly type: 'session.say'; readonly text: string; readonly plain?: true }
  /** The session's agent stops what it does; what waits behind it comes next. */
  | { readonly type: 'session.interrupt' }
);

/**
 * How long a permission holds: for the calls that were asked about; for this attempt of the run, never for a later one;
 * until somebody takes its rules out of the project's settings.
 */
export type PermissionScope = 'once' | 'run' | 'always';

export type CapChanges = { readonly [Cap in keyof Caps]?: number | null };

/**
 * What an agent waits for when it is neither the model nor a tool. `compaction`: for the summary of its own conversation.
 * `machine`: for its turn to run a command or to have a worktree filled, of which there are few at once.
 */
export type WaitsFor = 'slot' | 'limiter' | 'budget' | 'pause' | 'compaction' | 'machine';

export type AgentKind = 'agent' | 'author' | 'reviewer' | 'skeptic';

/** Where in the script's structure a call was made: the n-th `parallel()` or `pipeline()` of the run, and where in it. */
export interface CallGroup {
  readonly id: number;
  readonly kind: 'parallel' | 'pipeline';
  readonly item: number;
  /** Of a pipeline, from 0. */
  readonly stage?: number;
}

/** How an agent's call ended for the script. `threw` is the script's mistake or a cap, `null` the agent's fate (W23). */
export type AgentEnd =
  | { readonly kind: 'done'; readonly preview: string }
  | { readonly kind: 'null'; readonly cause: NullCause; readonly message: string }
  | { readonly kind: 'threw'; readonly message: string; readonly cause?: 'schema' | 'script' | 'budget' };

export type EventBody =
  | SessionEventBody
  | {
      readonly type: 'run.started';
      readonly workflowName: string;
      readonly description: string;
      readonly phases: readonly PhaseInfo[];
      readonly scriptPath: string;
      readonly cwd: string;
      readonly base: BaseCommit | null;
      readonly model: string;
      readonly permissionMode: PermissionMode;
      readonly concurrency: number;
      readonly caps: RunCaps;
      /** 1 for a launch, 2 for its first resume, and so on. */
      readonly attempt: number;
      /** Of the script's text. */
      readonly scriptHash?: string;
      /** What the session's folder was like, as one word to compare; null: not known (see `Worktrees.folderState`). */
      readonly folder?: string | null;
    }
  | {
      readonly type: 'run.ended';
      readonly end: RunEnd;
      readonly usage: RunUsage;
      readonly census?: Census;
      readonly folder?: string | null;
    }
  /** `until`: it goes on by itself then; null: when a person says so. */
  | {
      readonly type: 'run.paused';
      readonly reason: PauseReason;
      readonly message: string;
      readonly until: number | null;
    }
  | { readonly type: 'run.continued' }
  /**
   * What a person or the machine's state changed while it runs; all of the caps that now hold. `asked`: agents at once as
   * a person has just set them, which a resume keeps to.
   */
  | {
      readonly type: 'run.changed';
      readonly concurrency: number;
      readonly caps: Caps;
      readonly asked?: Concurrency;
    }
  | { readonly type: 'phase.entered'; readonly title: string }
  | { readonly type: 'logged'; readonly level: 'info' | 'warning' | 'error'; readonly message: string }
  | {
      readonly type: 'agent.queued';
      readonly agentId: string;
      readonly kind: AgentKind;
      readonly label: string;
      readonly phase: string | null;
      readonly model: string;
      /** The prompt's head; the transcript has the whole. */
      readonly prompt: string;
      /** The agent whose change this one reviews or whose finding it doubts. */
      readonly about?: string;
      /** It works in the session's folder itself, not in a worktree; absent also in older logs. */
      readonly inFolder?: true;
      /** The agent that started it by its Agent tool; absent: the script did. */
      readonly parent?: string;
      /** Its call's place in the journal, so that a resume finds the transcript of one that had not finished. */
      readonly key?: string;
      /** Agents whose answers flow into its prompt (X09). */
      readonly from?: readonly string[];
      /** The `parallel()` or `pipeline()` it was asked for in. */
      readonly group?: CallGroup;
    }
  | { readonly type: 'agent.started'; readonly agentId: string }
  /** Until it ends it works in a worktree of its own; `path`: absolute, where it begins. */
  | { readonly type: 'worktree.leased'; readonly agentId: string; readonly path: string }
  | {
      readonly type: 'agent.replied';
      readonly agentId: string;
      readonly model: string;
      readonly usage: Usage;
      readonly text: string;
    }
  /**
   * A request was paid and brought its agent no answer: a reply that was cut at its caps, one that broke off.
   * `estimated`: it cost at most so much, and counts so much against the caps.
   */
  | {
      readonly type: 'agent.charged';
      readonly agentId: string;
      readonly model: string;
      readonly usage: Usage;
      readonly estimated: boolean;
      readonly message: string;
    }
  /** `on` null: it waits no longer. Only waits that last are told. */
  | { readonly type: 'agent.waiting'; readonly agentId: string; readonly on: WaitsFor | null; readonly message: string }
  /** It begins anew, or goes on where its transcript ends. */
  | {
      readonly type: 'agent.restarted';
      readonly agentId: string;
      readonly why: 'person' | 'stalled' | 'resumed';
      readonly message: string;
    }
  | { readonly type: 'agent.steered'; readonly agentId: string; readonly message: string }
  | { readonly type: 'agent.retried'; readonly agentId: string; readonly message: string; readonly delayMs: number }
  | {
      readonly type: 'tool.started';
      readonly agentId: string;
      readonly callId: string;
      readonly tool: string;
      readonly summary: string;
    }
  | {
      readonly type: 'tool.ended';
      readonly agentId: string;
      readonly callId: string;
      readonly ok: boolean;
      readonly ms: number;
    }
  | { readonly type: 'agent.ended'; readonly agentId: string; readonly end: AgentEnd; readonly fromJournal: boolean }
  | { readonly type: 'change.committed'; readonly agentId: string; readonly change: Omit<Change, 'diff'> }
  /** Its author ended and had changed nothing: `files` is empty, and there is no branch. */
  | { readonly type: 'change.empty'; readonly agentId: string; readonly change: Omit<Change, 'diff'> }
  | {
      readonly type: 'change.reviewed';
      readonly changeId: string;
      readonly review: Review;
      readonly refuted: readonly Finding[];
    }
  | {
      readonly type: 'change.landed';
      readonly changeId: string;
      readonly phase: string | null;
      readonly landing: Landing;
    }
  /** Two agents, in their own worktrees, are at the same files: their changes will meet in the merge queue. */
  | {
      readonly type: 'paths.overlapped';
      readonly agents: readonly [string, string];
      readonly paths: readonly string[];
    }
  | {
      readonly type: 'permission.asked';
      readonly requestId: string;
      readonly agentId: string;
      readonly tool: string;
      readonly summary: string;
      /** The rules that an answer for longer than once adds, as they will stand there; absent: it is for once alone. */
      readonly rules?: readonly string[];
      /** Of a workflow that is to start: what a person is shown in the place of the summary. */
      readonly launch?: LaunchOffer;
    }
  /** Another agent asks the same: the answer is for it too. */
  | { readonly type: 'permission.joined'; readonly requestId: string; readonly agentId: string }
  /** An agent was stopped while it waited; when it was the last, nothing is asked any more. */
  | { readonly type: 'permission.withdrawn'; readonly requestId: string; readonly agentId: string }
  | {
      readonly type: 'permission.answered';
      readonly requestId: string;
      readonly allowed: boolean;
      /** `rule`: one that a person has added since covers it. */
      readonly by: 'person' | 'nobody' | 'rule';
      /** Of what was allowed; absent: once. */
      readonly scope?: PermissionScope;
      /** Of a denial. */
      readonly reason?: string;
    }
  | {
      readonly type: 'question.asked';
      readonly requestId: string;
      readonly question: string;
      /** The agent that asks; absent: the script does. */
      readonly agentId?: string;
      readonly phase: string | null;
      readonly choices?: readonly string[];
      /** What counts when nobody answers; absent: the script gets an error then. */
      readonly default?: string | null;
    }
  | {
      readonly type: 'question.answered';
      readonly requestId: string;
      /** Null also when nobody answered and there was no default. */
      readonly answer: string | null;
      readonly by: 'person' | 'nobody' | 'journal';
    }
  | {
      readonly type: 'check.started';
      readonly checkId: string;
      readonly command: string;
      readonly label: string;
      readonly phase: string | null;
      /** The change on whose commit it runs; null: the run's base. */
      readonly changeId: string | null;
    }
  | {
      readonly type: 'check.ended';
      readonly checkId: string;
      /** Null: a signal or the time-out ended it, or it did not run. */
      readonly exitCode: number | null;
      /** The file with all of its output; null: it did not run. */
      readonly path: string | null;
      readonly fromJournal: boolean;
    }
  | { readonly type: 'refused'; readonly commandId: string; readonly error: string };

/** `seq` counts from 1 without gaps in each run; `at` is milliseconds since 1970. */
export type Event = { readonly seq: number; readonly at: number; readonly runId: string } & EventBody;

/** State after the event numbered `seq`; the state's type belongs to the projection. */
export interface Snapshot<State> {
  readonly runId: string;
  readonly seq: number;
  readonly state: State;
}
