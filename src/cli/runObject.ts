import type { Json } from '../protocol/json.ts';
import type { Failure, RunEnd, RunStatus, RunUsage } from '../protocol/run.ts';

/** What `--json` prints at the end of a run, and `--result-file` keeps. */
export interface RunObject {
  readonly runId: string;
  readonly workflowName: string;
  readonly status: RunStatus;
  readonly result: Json;
  readonly failures: readonly Failure[];
  readonly usage: UsageObject;
  /** Why it stopped or failed. */
  readonly message?: string;
}

/** Tokens as the API counts them; `usd` null: a model without a known price. */
export interface UsageObject {
  readonly agents: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly usd: number | null;
  readonly ms: number;
}

export function runObject(run: {
  readonly runId: string;
  readonly workflowName: string;
  readonly end: RunEnd;
  readonly usage: RunUsage;
}): RunObject {
  const { runId, workflowName, end, usage } = run;
  return {
    runId,
    workflowName,
    status: end.status,
    result: end.result,
    failures: end.failures,
    usage: usageObject(usage),
    ...('message' in end ? { message: end.message } : {}),
  };
}

export function usageObject(usage: RunUsage): UsageObject {
  const { agents, requests, inputTokens, outputTokens, cacheReadTokens, usd, ms } = usage;
  return { agents, requests, inputTokens, outputTokens, cacheReadTokens, usd, ms };
}
