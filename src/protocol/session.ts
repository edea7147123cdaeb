import type { RunStatus } from './run.ts';

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

export type SessionEventBody =
  /** `text` as a person is shown it; it waits until the turn before it has ended. */
  | { readonly type: 'turn.asked'; readonly turnId: string; readonly by: TurnSource; readonly text: string }
  | { readonly type: 'turn.started'; readonly turnId: string }
  /** One reply of the agent's, whole. */
  | { readonly type: 'turn.said'; readonly turnId: string; readonly text: string }
  | { readonly type: 'turn.ended'; readonly turnId: string; readonly end: TurnEnd }
  /** In the background, with events and a folder of its own. */
  | {
      readonly type: 'workflow.launched';
      readonly launchedRunId: string;
      readonly workflowName: string;
      readonly title: string;
      readonly runDir: string;
    }
  | { readonly type: 'workflow.ended'; readonly launchedRunId: string; readonly status: RunStatus };
