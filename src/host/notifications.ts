import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { clip, count } from '../base/text.ts';
import { isJsonObject } from '../protocol/json.ts';
import type { RunEnd } from '../protocol/run.ts';
import type { RunHub } from './runHub.ts';

/** One notification at the end of each run of this window. */
export function notifyEnds(hub: RunHub): Disposable {
  const owned = new DisposableStore();
  owned.add(
    hub.on((change) => {
      if (change.type === 'ended') void tellEnd(hub, change.runId, change.finished.end);
    }),
  );
  return owned;
}

async function tellEnd(hub: RunHub, runId: string, end: RunEnd): Promise<void> {
  // The window that would show it is about to close.
  if (end.status === 'stopped' && end.reason === 'closed') return;
  const run = hub.get(runId);
  const text = `${run?.summary.workflowName ?? runId} ${endText(end)}`;
  const changes = run?.state?.changes.some(({ change }) => change.files.length > 0) === true ? ['Show Changes'] : [];
  const show = end.status === 'completed' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const chosen = await (end.status === 'failed' ? vscode.window.showErrorMessage : show)(
    text,
    'Open Graph',
    ...changes,
  );
  if (chosen === 'Open Graph') await vscode.commands.executeCommand('dynamicWorkflows.openGraph', runId);
  if (chosen === 'Show Changes') await vscode.commands.executeCommand('dynamicWorkflows.openChanges', runId);
}

/** How it ended in words, and the result's own `message` where the script gave one. */
function endText(end: RunEnd): string {
  const said = isJsonObject(end.result) && typeof end.result['message'] === 'string' ? end.result['message'] : null;
  const result = said === null ? '' : ` ${clip(said.replaceAll('\n', ' '), 300)}`;
  switch (end.status) {
    case 'completed':
      return `has completed.${result}`;
    case 'degraded':
      return `has ended with ${count(end.failures.length, 'failure')}.${result}`;
    case 'stopped':
      return `was stopped: ${clip(end.message, 300)}`;
    case 'failed':
      return `has failed: ${clip(end.message.split('\n', 1)[0] ?? '', 300)}`;
  }
}
