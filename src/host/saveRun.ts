import * as vscode from 'vscode';
import type { SaveRequest } from '../node/saveWorkflow.ts';
import type { KnownRun } from './runHub.ts';

const REPLACE = 'Replace';
const OPEN = 'Open Script';

/** Keeps a run's script as a workflow, which is run by its name from then on. `personal`: the person's own folder of them. */
export async function saveRun({ summary }: KnownRun, personal: string): Promise<void> {
  const to = await vscode.window.showQuickPick(
    [
      { label: 'This project', description: '.claude/workflows of the repository', to: 'project' as const },
      { label: 'All my projects', description: personal, to: 'personal' as const },
    ],
    { placeHolder: `Where is the script of ${summary.workflowName} to be kept?` },
  );
  if (!to) return;
  const name = await vscode.window.showInputBox({
    title: 'Save as a workflow',
    prompt: 'It is run by this name: in the list of workflows, and as /name in a session.',
    value: summary.workflowName,
    ignoreFocusOut: true,
  });
  if (name === undefined) return;
  await save({ runDir: summary.dir, to: to.to, cwd: summary.cwd, personal, name: name.trim() });
}

async function save(request: SaveRequest): Promise<void> {
  const { saveWorkflow } = await import('../node/saveWorkflow.ts');
  const saved = await saveWorkflow(request);
  switch (saved.kind) {
    case 'refused':
      void vscode.window.showErrorMessage(saved.message);
      return;
    case 'exists': {
      const detail = `There is another workflow of that name at ${saved.path}.`;
      const sure = await vscode.window.showWarningMessage(`Replace ${saved.name}?`, { modal: true, detail }, REPLACE);
      if (sure === REPLACE) await save({ ...request, replace: true });
      return;
    }
    case 'saved': {
      const chosen = await vscode.window.showInformationMessage(`Saved as ${saved.name}.`, OPEN);
      if (chosen === OPEN) await vscode.window.showTextDocument(vscode.Uri.file(saved.path));
    }
  }
}
