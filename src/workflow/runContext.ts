import type { KeepWhole } from '../engine/capText.ts';
import type { Json } from '../protocol/json.ts';
import type { PermissionPolicy, RuleText } from '../engine/permission.ts';
import type { Clock, SchemaCheck } from '../engine/ports.ts';
import type { Tool } from '../engine/tool.ts';
import type { Change } from '../protocol/change.ts';
import type { BaseCommit, StopReason } from '../protocol/run.ts';
import type { LiveAgents } from './agentLife.ts';
import type { Briefing, ReadBriefing } from './briefing.ts';
import type { Commands, OnQueued } from './commands.ts';
import type { DataFlow } from './dataFlow.ts';
import type { Definitions } from './definitions.ts';
import type { Failures } from './failures.ts';
import type { FrontMatter } from './frontMatter.ts';
import type { HookSource } from './hooks/hookPort.ts';
import type { RunHooks } from './hooks/runHooks.ts';
import type { Inbox } from './inbox.ts';
import type { AskModel } from './askModel.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { McpServers, McpSource } from './mcpPort.ts';
import type { MergeQueue } from './mergeQueue.ts';
import type { ModelNames } from './modelNames.ts';
import type { PathOverlaps } from './landing/pathOverlaps.ts';
import type { PathTurns } from './landing/pathTurns.ts';
import type { Limiter } from './limiter.ts';
import type { WorkflowLibrary } from './library.ts';
import type { Pause } from './pause.ts';
import type { PermissionSettings, RunPermissions } from './permissions.ts';
import type { Pool } from './pool.ts';
import type { PoolSize } from './poolSize.ts';
import type { Pressure } from './pressure.ts';
import type { Recorder } from './recorder.ts';
import type { Refusals } from './refusals.ts';
import type { RunKit } from './runKit.ts';
import type { OpenRun, RunStore } from './runStore.ts';
import type { Checkpoints } from './session/checkpoints.ts';
import type { Sandbox } from './sandbox.ts';
import type { Desk } from './session/desk.ts';
import type { WorkFiles } from './workFiles.ts';
import type { MergeRepository, Worktrees } from './worktrees.ts';

/** Everything from outside that a run needs; a fake stands beside each port. */
export interface RuntimeDeps {
  /** A model whose waits (rate limits, retries) are told, and each attempt of which can be seen. */
  readonly modelFor: Limiter['bind'];
  readonly sandbox: Sandbox;
  readonly worktrees: Worktrees;
  /**
   * Removes worktrees that dead runs have left in the repository of `cwd`; gives what a person should know of it, a line
   * each. Never rejects. Absent: they stay.
   */
  readonly sweepDead?: (cwd: string) => Promise<readonly string[]>;
  readonly merge: MergeRepository;
  readonly files: WorkFiles;
  readonly commands: Commands;
  readonly store: RunStore;
  /** Where sessions are kept. Absent: there are none. */
  readonly sessions?: RunStore;
  /** The files before each turn of a session. Absent: they are not kept. */
  readonly checkpoints?: Checkpoints;
  readonly library: WorkflowLibrary;
  readonly schemaCheck: SchemaCheck;
  readonly definitions: Definitions;
  readonly frontMatter: FrontMatter;
  /** Default: aliases alone. */
  readonly names?: ModelNames;
  readonly pressure: Pressure;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sha256: (text: string) => string;
  /** The tools of one agent, whose relative paths and commands begin in `cwd`. `onQueued`: of its commands. */
  readonly toolsFor: (cwd: string, policy: PermissionPolicy, onQueued: OnQueued) => readonly Tool[];
  readonly permissionRules: (cwd: string) => Promise<PermissionSettings>;
  /**
   * Adds rules to those that the project's settings allow; null when it has, else why not, in one line for the person.
   * Never rejects. Absent: no answer outlives a run.
   */
  readonly keepRules?: (cwd: string, rules: readonly RuleText[]) => Promise<string | null>;
  /** Absent: no hook is called. */
  readonly hooks?: HookSource;
  /** Absent: agents have no MCP servers. */
  readonly mcp?: McpSource;
  readonly briefing: ReadBriefing;
  /** Absent: agents do not go to the web. */
  readonly webTools?: (ask: AskModel, keepWhole?: KeepWhole) => readonly Tool[];
  /** As `KeepWhole`, into a folder of outputs, which it makes. Absent: of what is too long for an agent the rest is lost. */
  readonly keepWhole?: (folder: string, ...text: Parameters<KeepWhole>) => ReturnType<KeepWhole>;
}

/** A change as the runtime knows it; the script's own copy is never trusted. */
export interface KnownChange {
  readonly change: Change;
  /** What its author was asked to do. */
  readonly task: string;
  /** That wrote it: reviewers should be others. */
  readonly model: string;
  /** One a review of it; it may land when there is one and all approve. */
  readonly verdicts: boolean[];
}

/** Why a run ends before its script has. */
export type Halt =
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** One run under way: what its calls share. */
export interface RunContext {
  readonly deps: RuntimeDeps;
  readonly open: OpenRun;
  readonly runId: string;
  /** The session's folder. */
  readonly cwd: string;
  /** Null where the folder is no git repository; such a run has no worktrees. */
  readonly base: BaseCommit | null;
  readonly model: string;
  readonly permissions: RunPermissions;
  /** Agent types and skills. */
  readonly kit: RunKit;
  /** Read once, when the run begins or is resumed. */
  readonly briefing: Briefing;
  readonly recorder: Recorder;
  readonly journal: Journal;
  readonly pool: Pool;
  readonly poolSize: PoolSize;
  /** Its caps, and what is used of them. */
  readonly ledger: Ledger;
  readonly inbox: Inbox;
  /** Of a session alone: where what it is asked waits. */
  readonly desk?: Desk;
  readonly hooks: RunHooks;
  readonly mcp: McpServers | undefined;
  readonly dataFlow: DataFlow;
  readonly agents: LiveAgents;
  readonly pause: Pause;
  readonly mergeQueue: MergeQueue;
  readonly overlaps: PathOverlaps;
  /** Who resolves conflicts where. */
  readonly resolving: PathTurns;
  /** False: a person lets land what no review has approved. */
  readonly requireReview: boolean;
  readonly changes: Map<string, KnownChange>;
  readonly failures: Failures;
  readonly refusals: Refusals;
  /** Values of finished calls, for a run that does not get to its return. */
  readonly finished: { readonly agentId: string; readonly label: string; readonly value: Json }[];
  /** Fires when the run ends, for whatever reason. */
  readonly signal: AbortSignal;
  nextAgentId(): string;
  /** A name for a worktree that no other of this run has. */
  newPlace(purpose: string): string;
  /** Tips that the integration branch has had in this run: founded on approved changes alone. */
  readonly landed: Set<string>;
  /** Logs a warning once a run. */
  warnOnce(key: string, message: string): void;
  /** Ends the run; its calls are aborted and never settle. */
  halt(why: Halt): void;
}
