import type { Change, Finding, Landing, Review } from '../protocol/change.ts';
import type { LaunchOffer } from '../protocol/launchOffer.ts';
import type { AgentKind, CallGroup, Snapshot, WaitsFor } from '../protocol/messages.ts';
import type { BaseCommit, Census, NullCause, PauseReason, PermissionMode, RunCaps, RunEnd } from '../protocol/run.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { NO_AGENTS, type AgentTable } from './agentTable.ts';

/** `interrupted`: it had not ended when its run did, or when the run's process died. */
export type AgentStatus = 'queued' | 'running' | 'done' | 'null' | 'threw' | 'interrupted';

interface ToolNow {
  readonly callId: string;
  readonly tool: string;
  readonly summary: string;
}

export interface AgentNode {
  readonly id: string;
  readonly kind: AgentKind;
  readonly label: string;
  readonly phase: string | null;
  readonly model: string;
  /** The prompt's head. */
  readonly prompt: string;
  /** The agent whose change this one reviews or whose finding it doubts. */
  readonly about: string | null;
  /** The agent that started it; null: the script did. */
  readonly parent: string | null;
  readonly status: AgentStatus;
  /** Of status `null`. */
  readonly cause: NullCause | null;
  /** Why it is null or threw. */
  readonly message: string | null;
  /** The head of what it said last, or of its answer. */
  readonly preview: string;
  readonly usage: Usage;
  /** Null as soon as one reply came from a model without a known price. */
  readonly usd: number | null;
  readonly requests: number;
  /** What runs now: several when a turn reads side by side. */
  readonly tools: readonly ToolNow[];
  /** Set while it waits for something that is neither the model's reply nor a tool; `until` where that is known. */
  readonly waiting: { readonly on: WaitsFor; readonly message: string; readonly until: number | null } | null;
  /** Agents whose answers flowed into its prompt. */
  readonly from: readonly string[];
  readonly group: CallGroup | null;
  /** How often it began anew or went on after a stall or a resume. */
  readonly restarts: number;
  /** Where it works, while it has a worktree of its own. */
  readonly worktree: string | null;
  readonly fromJournal: boolean;
  /** The attempt of the run that asked for it last. */
  readonly attempt: number;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** Agents of this attempt, in the order in which they were asked for, those that an agent started behind it. A null title: outside of all phases. */
export interface PhaseState {
  readonly title: string | null;
  readonly detail: string | null;
  readonly agentIds: readonly string[];
  /** Changes that went through the merge queue in it, whatever came of them. */
  readonly landings: number;
}

export interface ChangeState {
  /** Its id is its author's. */
  readonly change: Omit<Change, 'diff'>;
  readonly review: Review | null;
  /** Findings that the skeptics refuted. */
  readonly refuted: readonly Finding[];
  readonly landing: Landing | null;
}

/** What one agent or several wait for a person to allow. */
export interface PermissionQuestion {
  readonly requestId: string;
  /** Who asked first of those that still wait. */
  readonly agentId: string;
  /** Who asks the same. */
  readonly others: readonly string[];
  /** What is added to the rules when it is allowed for longer than once; empty: it can be allowed once only. */
  readonly rules: readonly string[];
  readonly tool: string;
  readonly summary: string;
  /** Of a workflow that is to start. */
  readonly launch?: LaunchOffer;
  readonly askedAt: number;
}

/** What `ask()` waits for a person to say (X04), or an agent. */
export interface AskedQuestion {
  readonly requestId: string;
  readonly question: string;
  /** The agent that asks; null: the script does. */
  readonly agentId: string | null;
  readonly phase: string | null;
  /** Empty: any text is an answer. */
  readonly choices: readonly string[];
  /** What counts when nobody answers; null: it may be nothing; absent: there is none. */
  readonly default?: string | null;
  readonly askedAt: number;
}

/** A command that decided something for the script (X10). */
export interface CheckState {
  readonly checkId: string;
  readonly command: string;
  readonly label: string;
  readonly phase: string | null;
  readonly changeId: string | null;
  readonly startedAt: number;
  /** Null while it runs. */
  readonly endedAt: number | null;
  readonly exitCode: number | null;
  readonly path: string | null;
  readonly fromJournal: boolean;
}

export interface Pause {
  readonly reason: PauseReason;
  readonly message: string;
  /** When it goes on by itself; null: when a person says so. */
  readonly until: number | null;
  readonly since: number;
}

export interface LogLine {
  readonly at: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
}

/** What the run was started with. */
interface RunHead {
  readonly workflowName: string;
  readonly description: string;
  readonly scriptPath: string;
  readonly cwd: string;
  readonly base: BaseCommit | null;
  readonly model: string;
  readonly permissionMode: PermissionMode;
  readonly concurrency: number;
  readonly caps: RunCaps;
}

/** Over all attempts. */
interface Totals extends Usage {
  readonly agents: number;
  readonly requests: number;
  readonly usd: number | null;
  /** Time spent in attempts that are over. */
  readonly endedMs: number;
}

/** A run as its events tell it. Plain JSON; never changed in place. */
export interface RunState {
  readonly runId: string;
  /** Number of the last event in it; 0 before the first. */
  readonly seq: number;
  /** When the last event came. */
  readonly at: number;
  /** `starting` before the first event. Whether a `running` one still lives, events cannot tell: see `statusOf`. */
  readonly status: 'starting' | 'running' | RunEnd['status'];
  readonly head: RunHead | null;
  /** Set while it stands still. */
  readonly paused: Pause | null;
  /** Time spent paused in pauses that are over, of all attempts. */
  readonly pausedMs: number;
  readonly attempt: number;
  readonly createdAt: number;
  readonly attemptStartedAt: number;
  readonly endedAt: number | null;
  readonly phases: readonly PhaseState[];
  /** The title that `phase()` set last. */
  readonly currentPhase: string | null;
  readonly agents: AgentTable;
  /** Agents of this attempt. */
  readonly counts: Readonly<Record<AgentStatus, number>>;
  readonly totals: Totals;
  readonly changes: readonly ChangeState[];
  /** Requests for permission that nobody has answered yet. */
  readonly questions: readonly PermissionQuestion[];
  /** Questions of the script that nobody has answered yet. */
  readonly asked: readonly AskedQuestion[];
  /** Of this attempt, in the order in which they began. */
  readonly checks: readonly CheckState[];
  /** The newest 200 lines. */
  readonly log: readonly LogLine[];
  readonly end: RunEnd | null;
  /** Of the attempt that ended. */
  readonly census: Census | null;
}

export const NO_COUNTS: RunState['counts'] = { queued: 0, running: 0, done: 0, null: 0, threw: 0, interrupted: 0 };

export function initialState(runId: string): RunState {
  return {
    runId,
    seq: 0,
    at: 0,
    status: 'starting',
    head: null,
    paused: null,
    pausedMs: 0,
    attempt: 0,
    createdAt: 0,
    attemptStartedAt: 0,
    endedAt: null,
    phases: [],
    currentPhase: null,
    agents: NO_AGENTS,
    counts: NO_COUNTS,
    totals: { ...NO_USAGE, agents: 0, requests: 0, usd: 0, endedMs: 0 },
    changes: [],
    questions: [],
    asked: [],
    checks: [],
    log: [],
    end: null,
    census: null,
  };
}

export function snapshotOf(state: RunState): Snapshot<RunState> {
  return { runId: state.runId, seq: state.seq, state };
}
