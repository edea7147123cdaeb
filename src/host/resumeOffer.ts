import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { count } from '../base/text.ts';
import type { Launching } from './launching.ts';
import { resumeAtOnce } from './resume.ts';
import { settings } from './settings.ts';
import type { StartedRun } from './startedRuns.ts';

/** The extension host of before the reload may still be ending its runs. */
const PATIENCE_MS = 45_000;
const LOOK_MS = 500;

interface CutShort extends StartedRun {
  readonly workflowName: string;
}

/** After a reload: offers to go on with the runs of this window that it cut short, and gives those that now do. */
export async function offerResume(deps: Launching, signal: AbortSignal): Promise<readonly string[]> {
  const mode = settings().resumeAfterReload;
  if (mode === 'never') return [];
  const candidates = deps.started.all().filter(({ declined }) => !declined);
  if (candidates.length === 0) return [];
  const cutShort = (await Promise.all(candidates.map((run) => whenCutShort(run, signal)))).filter(
    (run) => run !== null,
  );
  if (cutShort.length === 0 || signal.aborted) return [];
  await deps.hub.look();
  if (mode === 'ask' && !(await ask(deps, cutShort))) return [];
  const resumed: string[] = [];
  for (const { runId } of cutShort) if (await resumeAtOnce(deps, runId)) resumed.push(runId);
  return resumed;
}

async function ask(deps: Launching, runs: readonly CutShort[]): Promise<boolean> {
  const names = runs.map(({ workflowName }) => workflowName).join(', ');
  const what = runs.length === 1 ? `The run of ${names} was` : `${count(runs.length, 'run')} (${names}) were`;
  const message = `${what} cut short when the window closed. Go on? Agents that had finished are not asked again.`;
  const chosen = await vscode.window.showInformationMessage(message, 'Go On', 'Not Now');
  if (chosen === 'Not Now') await deps.started.decline(runs.map(({ runId }) => runId));
  return chosen === 'Go On';
}

/** The run, once it is certain that nobody works on it; null when it ended otherwise, is old, or lives elsewhere. */
async function whenCutShort(run: StartedRun, signal: AbortSignal): Promise<CutShort | null> {
  const [{ summaryOf }, { wasCutShortLately }] = await Promise.all([
    import('../node/runReader.ts'),
    import('../node/cutShort.ts'),
  ]);
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const summary = await summaryOf(run.dir);
    if (summary === null || signal.aborted) return null;
    const { status, workflowName } = summary;
    if (status !== 'running') return (await wasCutShortLately(summary)) ? { ...run, workflowName } : null;
    if (Date.now() > until) return null;
    await sleep(LOOK_MS, undefined, { signal });
  }
}
