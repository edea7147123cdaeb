import type { Effort } from './capabilities.ts';
import type { AgentCaps, RunStatus } from './run.ts';

// What a session says besides what any run says: a session is a run whose script is the person that talks to its agent.

/** The session's own agent. */
export const SESSION_AGENT = 'main';

/**
 * Who has the session's agent do something. `run`: a run that it had started has ended; `goal`: the goal is not met yet;
 * `loop`: its time has come.
 */
export type TurnSource = 'person' | 'run' | 'goal' | 'loop';

export type TurnEnd =
  | { readonly kind: 'done'; readonly text: string }
  /** By a person; what it had done is kept. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly message: string };

/** What holds until it is changed, and for no later opening of the session. */
export interface SessionSettings {
  /** Absent: the model's own. */
  readonly effort?: Effort;
  /** A workflow for each substantial task, at effort xhigh. */
  readonly ultracode?: true;
  /** Absent: the session's. */
  readonly model?: string;
}

export interface Goal {
  readonly condition: string;
  /** A shell command: the goal is met when it ends with 0, and by nothing else. */
  readonly check?: string;
}

/** What is said again every so often, as a person would. */
export interface Loop {
  readonly loopId: string;
  readonly text: string;
  readonly everyMs: number;
  /** Milliseconds since 1970: it ends by itself then. */
  readonly until: number;
}

export type SessionEventBody =
  /** `text` as a person is shown it; it waits until the turn before it has ended. */
  | { readonly type: 'turn.asked'; readonly turnId: string; readonly by: TurnSource; readonly text: string }
  /** `checkpoint`: a commit of the files as they were; absent where they are not kept. */
  | { readonly type: 'turn.started'; readonly turnId: string; readonly checkpoint?: string }
  /** One reply of the agent's, whole. */
  | { readonly type: 'turn.said'; readonly turnId: string; readonly text: string }
  | { readonly type: 'turn.ended'; readonly turnId: string; readonly end: TurnEnd }
  /** By the program itself, in answer to a command or to say how things stand. `refused`: it is why a command was not done. */
  | { readonly type: 'session.told'; readonly text: string; readonly refused?: true }
  | { readonly type: 'session.changed'; readonly settings: SessionSettings }
  | { readonly type: 'goal.set'; readonly goal: Goal }
  | {
      readonly type: 'goal.ended';
      readonly how: 'met' | 'impossible' | 'cleared' | 'no-progress';
      readonly why: string;
    }
  | { readonly type: 'loop.set'; readonly loop: Loop }
  | { readonly type: 'loop.ended'; readonly loopId: string; readonly how: 'cancelled' | 'expired' | 'goal' }
  /** In the background, with events and a folder of its own. */
  | {
      readonly type: 'workflow.launched';
      readonly launchedRunId: string;
      readonly workflowName: string;
      readonly title: string;
      readonly runDir: string;
      /** What a person's words left for it and what comes of it, and those words; absent: they said nothing of that. */
      readonly budget?: { readonly caps: AgentCaps; readonly words: readonly string[] };
    }
  | { readonly type: 'workflow.ended'; readonly launchedRunId: string; readonly status: RunStatus };
