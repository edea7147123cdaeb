import type { Json } from '../../protocol/json.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import type { FinishedRun, KeptTerms, LaunchResult, ResumeRequest } from '../runtime.ts';
import type { LoadedScript } from '../loadScript.ts';
import type { RunOutlook } from './outlook.ts';

/** What of the runtime a session's agent can reach: workflows, started in the background and heard of when they end. */
export interface WorkflowDoor {
  /** The script that a launch would run, checked, and where it was found; nothing is started. */
  check(source: Pick<LaunchRequest, 'script' | 'scriptPath' | 'name' | 'cwd'>): Promise<LoadedScript>;
  launch(request: LaunchRequest & { readonly attended: boolean }): Promise<LaunchResult>;
  resume(request: ResumeRequest): Promise<LaunchResult>;
  /** Null: there is no such run to resume. */
  resumable(runId: string): Promise<Resumable | null>;
  finished(runId: string): Promise<FinishedRun>;
  readonly outlook: RunOutlook;
}

/** A run that could go on. */
export interface Resumable {
  /** How many of its calls the journal answers and how many are known. */
  readonly words: string;
  readonly keeps: KeptTerms;
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
