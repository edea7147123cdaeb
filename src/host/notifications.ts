import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { endWords } from '../projection/endWords.ts';
import type { FinishedRun } from '../workflow/runtime.ts';
import { noticeText } from './noticeText.ts';
import type { RunHub } from './runHub.ts';

/** One notification at the end of each run of this window. */
export function notifyEnds(hub: RunHub): Disposable {
  const owned = new DisposableStore();
  owned.add(
    hub.on((change) => {
      if (change.type === 'ended') void tellEnd(hub, change.runId, change.finished);
    }),
  );
  return owned;
}

async function tellEnd(hub: RunHub, runId: string, { end, census, warnings = [] }: FinishedRun): Promise<void> {
  // The window that would show it is about to close.
  if (end.status === 'stopped' && end.reason === 'closed') return;
  for (const warning of warnings) void vscode.window.showWarningMessage(noticeText(warning).text);
  const run = hub.get(runId);
  const resultPath = join(run?.summary.dir ?? '', 'result.json');
  const words = endWords(end, census, resultPath);
  // Results and messages are text of scripts and models.
  const { text, whole } = noticeText(`${run?.summary.workflowName ?? runId} ${words.text}`);
  const result = run && (words.more || !whole) ? ['Open Result'] : [];
  const made = run?.state?.changes.filter(({ change }) => change.files.length > 0) ?? [];
  const landed = made.some(({ landing }) => landing?.status === 'landed');
  const changes = made.length > 0 ? ['Review Changes', ...(landed ? ['Apply…'] : [])] : [];
  const show = end.status === 'completed' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const chosen = await (end.status === 'failed' ? vscode.window.showErrorMessage : show)(
    text,
    'Open Graph',
    ...changes,
    ...result,
  );
  if (chosen === 'Open Graph') await vscode.commands.executeCommand('dynamicWorkflows.openGraph', runId);
  if (chosen === 'Apply…') await vscode.commands.executeCommand('dynamicWorkflows.applyChanges', runId);
  if (chosen === 'Review Changes') await vscode.commands.executeCommand('dynamicWorkflows.openChanges', runId);
  if (chosen === 'Open Result') await vscode.window.showTextDocument(vscode.Uri.file(resultPath), { preview: true });
}
