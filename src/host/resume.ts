import * as vscode from 'vscode';
import { journalWords, staleWords } from '../projection/resumeWords.ts';
import type { ModelSource } from '../node/modelRecord.ts';
import type { RunCaps } from '../protocol/run.ts';
import { askResumeCaps } from './askResumeCaps.ts';
import { extrasOf } from './extrasOf.ts';
import { resumeRun, type Launching } from './launching.ts';

/** Says how much of the run is paid for already, then goes on with it (W43). */
export async function resumeWithPreview(deps: Launching, runId: string): Promise<void> {
  const known = await sourceOf(deps, runId);
  if (known === null) return;
  const { source, cwd } = known;
  const [engine, extras] = await Promise.all([deps.engines.engineFor(source), extrasOf(cwd)]);
  const preview = await engine.previewResume(runId);
  if (preview.kind === 'refused') {
    void vscode.window.showErrorMessage(preview.error);
    return;
  }
  const stale = staleWords(preview);
  const detail = [journalWords(preview), ...extras, ...preview.warnings, ...stale].join('\n');
  const question = `Resume ${preview.workflowName}?`;
  const again = stale.length > 0 ? [ASK_AGAIN] : [];
  const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, 'Resume', ...again);
  if (chosen === undefined) return;
  const caps = await capsFor(deps, runId);
  if (caps !== null) await resumeRun(deps, source, runId, { rerunStale: chosen === ASK_AGAIN, ...(caps && { caps }) });
}

/** Of a run that a cap has stopped, the person's; undefined for another; null when they gave up. */
async function capsFor({ hub }: Launching, runId: string): Promise<RunCaps | null | undefined> {
  const summary = hub.get(runId)?.summary;
  if (summary?.stopReason !== 'budget') return undefined;
  const opened = await hub.open(runId);
  return askResumeCaps(summary.workflowName, opened?.state.head?.caps ?? {});
}

/** Instead of keeping the answers that may be stale. */
const ASK_AGAIN = 'Resume, Asking Those Again';

/** Goes on without a question; false: it does not, and the person knows why. */
export async function resumeAtOnce(deps: Launching, runId: string): Promise<boolean> {
  const known = await sourceOf(deps, runId);
  return known !== null && resumeRun(deps, known.source, runId);
}

async function sourceOf(
  { hub, models }: Launching,
  runId: string,
): Promise<{ readonly source: ModelSource; readonly cwd: string } | null> {
  const run = hub.get(runId);
  const { readManifest } = await import('../node/runFiles.ts');
  const read = run ? await readManifest(run.summary.dir) : null;
  if (read?.kind === 'read') {
    const source = await models.sourceOf(read.manifest.modelSource);
    return source && { source, cwd: read.manifest.cwd };
  }
  const why = read?.kind === 'unreadable' ? read.message : `There is no run ${runId}: nothing to resume.`;
  void vscode.window.showErrorMessage(why);
  return null;
}
