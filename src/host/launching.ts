import * as vscode from 'vscode';
import type { ModelSource } from '../node/modelRecord.ts';
import type { LaunchRequest } from '../protocol/messages.ts';
import type { RunCaps } from '../protocol/run.ts';
import type { LaunchResult } from '../workflow/runtime.ts';
import type { EngineHost } from './engineHost.ts';
import type { ModelAccess } from './modelAccess.ts';
import type { Places } from './places.ts';
import type { RunHub } from './runHub.ts';
import { runChoices } from './settings.ts';
import type { StartedRuns } from './startedRuns.ts';

/** What the commands that start runs share. */
export interface Launching {
  readonly places: Places;
  readonly models: ModelAccess;
  readonly engines: EngineHost;
  readonly hub: RunHub;
  readonly started: StartedRuns;
}

/** Starts a run in the background; null when it was refused, which the person has then been told. */
export async function launch(
  { engines, ...deps }: Launching,
  source: ModelSource,
  request: LaunchRequest,
): Promise<string | null> {
  const engine = await engines.engineFor(source);
  const { requireReview = true, ...choices } = runChoices();
  const caps = { ...choices.caps, ...request.caps };
  const launched = await engine.launch({ ...choices, ...request, requireReview, caps, attended: true });
  if (launched.status === 'refused') {
    await showRefusal(launched);
    return null;
  }
  const { runId, runDir } = launched;
  await deps.started.remember({ runId, dir: runDir });
  await deps.hub.adopt(engine, runId, runDir);
  return runId;
}

/** Goes on with a run; caps that are not named are as they were last, whatever is set for new runs. False: it was refused. */
export async function resumeRun(
  { engines, ...deps }: Launching,
  source: ModelSource,
  runId: string,
  { rerunStale = false, caps }: { readonly rerunStale?: boolean; readonly caps?: RunCaps } = {},
): Promise<boolean> {
  const engine = await engines.engineFor(source);
  const { safetyTokens, requireReview } = runChoices();
  const named = { runId, rerunStale, ...(caps && { caps }), ...(requireReview === undefined ? {} : { requireReview }) };
  const resumed = await engine.resume({ ...named, safetyTokens, attended: true });
  if (resumed.status === 'refused') {
    await showRefusal(resumed);
    return false;
  }
  await deps.started.remember({ runId, dir: resumed.runDir });
  await deps.hub.adopt(engine, runId, resumed.runDir);
  return true;
}

async function showRefusal({ errors }: Extract<LaunchResult, { status: 'refused' }>): Promise<void> {
  const [first = 'The run was refused.', ...rest] = errors;
  if (rest.length === 0) void vscode.window.showErrorMessage(first);
  else await vscode.window.showErrorMessage(first, { modal: true, detail: rest.join('\n') });
}
