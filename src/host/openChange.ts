import * as vscode from 'vscode';
import { changeTable } from '../projection/select.ts';
import type { FilePair } from '../node/gitObjects.ts';
import type { RunState } from '../projection/state.ts';
import { contentUri } from './changeContent.ts';
import type { RunHub } from './runHub.ts';

/** A change as a diff against its base: one file side by side, several in one editor. */
export async function openChange(hub: RunHub, runId: string, changeId: string): Promise<void> {
  const run = await hub.open(runId);
  const known = run?.state.changes.find(({ change }) => change.id === changeId);
  if (!run || !known) return void vscode.window.showInformationMessage('This agent has committed no change.');
  const { base, commit } = known.change;
  await openCommits(run.summary.cwd, { base, commit, title: titleOf(run.state, changeId) });
}

/** What differs between two commits: one file side by side, several in one editor. */
export async function openCommits(
  cwd: string,
  { base, commit, title }: { readonly base: string; readonly commit: string; readonly title: string },
): Promise<void> {
  const [{ createGit }, { filesBetween }] = await Promise.all([
    import('../node/git.ts'),
    import('../node/gitObjects.ts'),
  ]);
  const between = await filesBetween(createGit(process.env), cwd, base, commit);
  if (between.kind === 'unreadable') return void vscode.window.showErrorMessage(between.message);
  const [only, second] = between.files;
  if (!only) return void vscode.window.showInformationMessage(`${title}: this change leaves every file as it was.`);
  const sides = (file: FilePair) => ({
    before: contentUri(cwd, base, pathOf(file.before, file)),
    after: contentUri(cwd, commit, pathOf(file.after, file)),
  });
  if (second) {
    const resources = between.files.map((file) => {
      const { before, after } = sides(file);
      return [after, file.before === null ? undefined : before, file.after === null ? undefined : after];
    });
    await vscode.commands.executeCommand('vscode.changes', title, resources);
    return;
  }
  const { before, after } = sides(only);
  const renamed = only.before !== null && only.after !== null && only.before !== only.after;
  const path = renamed ? `${only.before} → ${only.after}` : pathOf(only.after, only);
  const options: vscode.TextDocumentShowOptions = { preview: false };
  await vscode.commands.executeCommand('vscode.diff', before, after, `${path} (${title})`, options);
}

/** The changes of a run: the only one at once, of several the one that the person picks. */
export async function openChanges(hub: RunHub, runId: string): Promise<void> {
  const run = await hub.open(runId);
  const rows = run ? changeTable(run.state).filter(({ files }) => files.length > 0) : [];
  const [first, second] = rows;
  if (!first) return void vscode.window.showInformationMessage('This run has made no changes yet.');
  if (!second) return openChange(hub, runId, first.id);
  const items = rows.map(({ id, label, summary, outcome, why, additions, deletions }) => ({
    id,
    label: `$(${OUTCOME_ICONS[outcome]}) ${label}`,
    description: `+${additions} −${deletions} · ${outcome}: ${why}`,
    detail: summary.split('\n', 1)[0] ?? '',
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Changes of ${run?.summary.workflowName ?? ''}`,
    placeHolder: 'Which change?',
    matchOnDescription: true,
    // The notification that it may be opened from gives the focus back while it closes.
    ignoreFocusOut: true,
  });
  if (picked) await openChange(hub, runId, picked.id);
}

function titleOf(state: RunState, changeId: string): string {
  return changeTable(state).find(({ id }) => id === changeId)?.label ?? `change ${changeId}`;
}

function pathOf(side: string | null, { before, after }: FilePair): string {
  return side ?? after ?? before ?? '';
}

const OUTCOME_ICONS = { landed: 'git-merge', refused: 'circle-slash', open: 'git-branch' } as const;
