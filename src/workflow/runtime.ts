import type { Disposable } from '../base/disposable.ts';
import type { Effort } from '../protocol/capabilities.ts';
import type { Command, Event, LaunchRequest } from '../protocol/messages.ts';
import type { ModelRecord, RunManifest } from './runStore.ts';
import type { Census, PermissionMode, RunCaps, RunEnd, RunUsage } from '../protocol/run.ts';
import type { RunOutlook } from './session/outlook.ts';
import type { Spent } from './spending.ts';

export interface RuntimeSettings {
  readonly defaultModel: string;
  /** Written into each run's manifest. */
  readonly modelSource: ModelRecord;
}

/** What a launch answers at once (W40). Nothing was started and nothing spent when it was refused (W08). */
export type LaunchResult =
  | {
      readonly status: 'started';
      readonly runId: string;
      readonly workflowName: string;
      readonly scriptPath: string;
      readonly runDir: string;
      readonly warnings: readonly string[];
    }
  | {
      readonly status: 'refused';
      /** `script`: the text is wrong; `unknown`: no such workflow or run; `busy`: its process still lives; `place`: the folder cannot serve. */
      readonly reason: 'script' | 'unknown' | 'busy' | 'place' | 'request';
      /** Says what is wrong and what to do; one line each, with line and column where it is about a script. */
      readonly errors: readonly string[];
    };

export interface StaleCall {
  readonly agentId: string;
  readonly label: string;
  readonly halfway?: true;
}

/** What holds for a run that goes on, whatever script it goes on with; `caps` as they were last. */
export type KeptTerms = Pick<
  RunManifest,
  'cwd' | 'args' | 'hasArgs' | 'model' | 'permissionMode' | 'concurrency' | 'caps' | 'base' | 'baseCommit'
>;

/** What a resume would do, before it does it (W43). */
export type ResumePreview =
  | {
      readonly kind: 'ready';
      readonly workflowName: string;
      /** Calls that the journal answers. */
      readonly finishedCalls: number;
      /** Those, and the calls that earlier attempts made and that have no answer yet. What follows from them nobody knows. */
      readonly knownCalls: number;
      /**
       * Those whose agents looked at the session's folder when its files were others (W42): finished ones, and
       * `halfway` those that were interrupted and would go on from what they saw.
       */
      readonly staleCalls: readonly StaleCall[];
      readonly warnings: readonly string[];
      readonly keeps: KeptTerms;
    }
  | { readonly kind: 'refused'; readonly reason: 'unknown' | 'busy'; readonly error: string };

export interface ResumeRequest {
  readonly runId: string;
  /** An edited script; absent: the one stored with the run. */
  readonly scriptPath?: string;
  /** Over all attempts; those that are absent are as they were last. */
  readonly caps?: RunCaps;
  /** Of this attempt, see `LaunchRequest`. */
  readonly safetyTokens?: number | null;
  /** See `LaunchRequest`; absent: as it was last. */
  readonly requireReview?: boolean;
  /** Asks again, from the beginning, what `ResumePreview.staleCalls` names; absent: those answers and beginnings are kept. */
  readonly rerunStale?: boolean;
  /** A person is there to answer permission requests. */
  readonly attended: boolean;
}

export interface SessionRequest {
  readonly cwd: string;
  /** Goes on with this one, with its model and mode; absent: a new one. */
  readonly sessionId?: string;
  /** A new one that knows what this one's conversation was after so many turns (absent: all); this one stays as it is. */
  readonly fork?: { readonly sessionId: string; readonly turns?: number };
  readonly model?: string;
  readonly effort?: Effort;
  readonly permissionMode?: PermissionMode;
  /** Of a new one, over all its openings; what its runs use does not count. */
  readonly caps?: RunCaps;
  /** A person is there to answer permission requests. */
  readonly attended: boolean;
}

export type SessionResult =
  | {
      readonly status: 'opened';
      readonly sessionId: string;
      readonly dir: string;
      readonly warnings: readonly string[];
    }
  | { readonly status: 'refused'; readonly errors: readonly string[] };

/** The doors by which a session starts its workflows; without an outlook nothing is known of them before, or elsewhere. */
export interface WorkflowRuns extends Pick<Runtime, 'launch' | 'resume' | 'previewResume' | 'finished'> {
  readonly outlook?: RunOutlook;
}

export interface EndedRun {
  readonly end: RunEnd;
  /** As far as services said. */
  readonly usage: RunUsage;
  readonly census: Census;
}

export interface FinishedRun extends EndedRun {
  /** What this attempt has used of the run's caps: also what was estimated, of requests that were cut off. */
  readonly spent: Spent;
  /** What came up when the run's events had ended, for a person. */
  readonly warnings?: readonly string[];
}

/**
 * Runs workflow scripts. Commands come in by `dispatch` (a refusal is an event of type `refused` in that run; to a run
 * that has ended, or is none of this process, a command does nothing); events go out by `subscribe`, numbered from 1 in
 * each run. Who needs an answer at once calls `launch`, `resume` or `previewResume`.
 */
export interface Runtime {
  launch(request: LaunchRequest & { readonly attended: boolean }): Promise<LaunchResult>;
  previewResume(runId: string): Promise<ResumePreview>;
  resume(request: ResumeRequest): Promise<LaunchResult>;
  /**
   * A session is a run whose script is a person: what is said to it by `dispatch` (`session.say`) its agent does, one turn
   * after the other. It lasts until it is stopped or the runtime is closed, and can be opened again.
   */
  openSession(request: SessionRequest, runs: WorkflowRuns): Promise<SessionResult>;
  /** Pieces of what a session's agent is just saying. */
  listen(sessionId: string, on: (delta: string) => void): Disposable;
  /**
   * Resolves when a session of this process has nothing to do and its runs have ended, or when it has ended itself, and all of
   * that has been told. Rejects with AbortError on abort.
   */
  idle(sessionId: string, signal: AbortSignal): Promise<void>;
  dispatch(command: Command): void;
  /** Events of a run of this process from number `from` on, in batches; the first call may be synchronous. */
  subscribe(runId: string, from: number, on: (batch: readonly Event[]) => void): Disposable;
  /** Resolves when a run of this process has ended and its files are closed. */
  finished(runId: string): Promise<FinishedRun>;
  /** Stops all runs (reason `closed`) and waits for their agents. */
  close(): Promise<void>;
}
