import * as vscode from 'vscode';
import { count } from '../base/text.ts';
import { allAgents } from '../projection/agentTable.ts';
import type { RunState } from '../projection/state.ts';
import type { ModelSource } from '../node/modelRecord.ts';
import { resumeRun, type Launching } from './launching.ts';

/** Says how much of the run is paid for already, then goes on with it (W43). */
export async function resumeWithPreview(deps: Launching, runId: string): Promise<void> {
  const source = await sourceOf(deps, runId);
  if (source === null) return;
  const engine = await deps.engines.engineFor(source);
  const preview = await engine.previewResume(runId);
  if (preview.kind === 'refused') {
    void vscode.window.showErrorMessage(preview.error);
    return;
  }
  const run = await deps.hub.open(runId);
  const detail = [journalText(preview.finishedCalls, run?.state ?? null), ...preview.warnings].join('\n');
  const question = `Resume ${preview.workflowName}?`;
  const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, 'Resume');
  if (chosen === 'Resume') await resumeRun(deps, source, runId);
}

/** Goes on without a question. */
export async function resumeAtOnce(deps: Launching, runId: string): Promise<void> {
  const source = await sourceOf(deps, runId);
  if (source !== null) await resumeRun(deps, source, runId);
}

async function sourceOf({ hub, models }: Launching, runId: string): Promise<ModelSource | null> {
  const run = hub.get(runId);
  const { readManifest } = await import('../node/runFiles.ts');
  const read = run ? await readManifest(run.summary.dir) : null;
  if (read?.kind === 'read') return models.sourceOf(read.manifest.modelSource);
  const why = read?.kind === 'unreadable' ? read.message : `There is no run ${runId}: nothing to resume.`;
  void vscode.window.showErrorMessage(why);
  return null;
}

/** `17 of 31 calls come from the journal`. What the script asks for after those, nobody knows yet. */
function journalText(finished: number, state: RunState | null): string {
  const cutShort = state
    ? allAgents(state.agents).filter(({ status, attempt }) => attempt === state.attempt && UNFINISHED.has(status))
        .length
    : 0;
  const known = finished + cutShort;
  const rest =
    cutShort === 0
      ? 'whatever else the script asks for will run'
      : cutShort === 1
        ? 'the other one, and what follows from it, will run'
        : `the other ${cutShort}, and what follows from them, will run`;
  return `${finished} of ${count(known, 'call')} come from the journal and cost nothing; ${rest}.`;
}

const UNFINISHED: ReadonlySet<string> = new Set(['queued', 'running', 'interrupted', 'null', 'threw']);
