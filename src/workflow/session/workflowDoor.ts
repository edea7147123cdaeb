import type { Json } from '../../protocol/json.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import type { CheckedScript } from '../script/check.ts';
import type { FinishedRun, LaunchResult, ResumeRequest } from '../runtime.ts';
import type { Refusal } from '../loadScript.ts';
import type { RunOutlook } from './outlook.ts';

/** What of the runtime a session's agent can reach: workflows, started in the background and heard of when they end. */
export interface WorkflowDoor {
  /** The script that a launch would run, checked; nothing is started. */
  check(
    source: Pick<LaunchRequest, 'script' | 'scriptPath' | 'name' | 'cwd'>,
  ): Promise<{ readonly ok: true; readonly script: CheckedScript } | { readonly ok: false; readonly refusal: Refusal }>;
  launch(request: LaunchRequest & { readonly attended: boolean }): Promise<LaunchResult>;
  resume(request: ResumeRequest): Promise<LaunchResult>;
  /** How many calls of a run the journal answers and how many are known, in words; null: there is no such run to resume. */
  resumeWords(runId: string): Promise<string | null>;
  finished(runId: string): Promise<FinishedRun>;
  readonly outlook: RunOutlook;
}

/** What the model gives the tool, in the words of the contract (W40). */
export interface WorkflowInput {
  readonly script?: string | undefined;
  readonly name?: string | undefined;
  readonly scriptPath?: string | undefined;
  readonly args?: Json | undefined;
  readonly resumeFromRunId?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}
