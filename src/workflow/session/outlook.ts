import type { Forecast } from '../../protocol/forecast.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import type { EndedRun } from '../runtime.ts';
import type { Spent } from '../spending.ts';

/** What a person has set for the runs that they and their sessions start; what is absent is as the runtime has it. */
export type RunChoices = Pick<
  LaunchRequest,
  'concurrency' | 'caps' | 'safetyTokens' | 'requireReview' | 'dirtyCheckout' | 'worktree'
>;

export type ForecastRequest = Pick<
  LaunchRequest,
  'scriptPath' | 'script' | 'name' | 'args' | 'cwd' | 'model' | 'concurrency' | 'caps'
>;

/** How a run stands, whichever process has it. */
export type RunStanding =
  | { readonly kind: 'going' }
  /** Its process died or was closed: somebody may go on with it. */
  | { readonly kind: 'cut-short' }
  /** `spent`: over all of its attempts, where that is known. */
  | { readonly kind: 'over'; readonly finished: EndedRun; readonly spent: Spent }
  /** There is none, or none any more, that could be read. */
  | { readonly kind: 'gone' };

/** What can be said of runs from outside of them: before they start, and when another process has them. */
export interface RunOutlook {
  /** As they stand just now. */
  choices(): RunChoices;
  /**
   * What the run is going to take (X08); null when that cannot be told in a moment. Never rejects; sends nothing, starts
   * nothing and spends nothing.
   */
  forecast(request: ForecastRequest): Promise<Forecast | null>;
  /** What a run in that folder starts besides its agents, a line each. Nothing is started to know it. */
  extras(cwd: string): Promise<readonly string[]>;
  /** By the run's folder. Never rejects. */
  standing(runDir: string): Promise<RunStanding>;
}

/** Where nobody can say anything. */
export const NO_OUTLOOK: RunOutlook = {
  choices: () => ({}),
  forecast: async () => null,
  extras: async () => [],
  standing: async () => ({ kind: 'gone' }),
};
