import { join } from 'node:path';
import { RUN_FILES } from '../node/runFiles.ts';
import type { Json } from '../protocol/json.ts';
import type { Census, Failure, RunEnd, RunStatus, RunUsage } from '../protocol/run.ts';

/** What `--json` prints at the end of a run, and `--result-file` keeps. */
export interface RunObject {
  readonly runId: string;
  readonly workflowName: string;
  readonly status: RunStatus;
  readonly result: Json;
  readonly failures: readonly Failure[];
  readonly usage: UsageObject;
  /** What became of everything that this attempt asked for. */
  readonly census: Census | null;
  /** The file with the whole result. */
  readonly resultPath: string;
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
  readonly dir: string;
  readonly end: RunEnd;
  readonly usage: RunUsage;
  readonly census: Census | null;
}): RunObject {
  const { runId, workflowName, dir, end, usage, census } = run;
  return {
    runId,
    workflowName,
    status: end.status,
    result: end.result,
    failures: end.failures,
    usage: usageObject(usage),
    census,
    resultPath: resultPathIn(dir),
    ...('message' in end ? { message: end.message } : {}),
  };
}

export function resultPathIn(dir: string): string {
  return join(dir, RUN_FILES.result);
}

export function usageObject(usage: RunUsage): UsageObject {
  const { agents, requests, inputTokens, outputTokens, cacheReadTokens, usd, ms } = usage;
  return { agents, requests, inputTokens, outputTokens, cacheReadTokens, usd, ms };
}
