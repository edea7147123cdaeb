import * as vscode from 'vscode';
import { openFolders } from './places.ts';

/** The folder that a run or a session works in; null when there is none, which the person has then been told, or they gave up. */
export async function chooseFolder(): Promise<string | null> {
  const folders = openFolders();
  const [only, second] = folders;
  if (only === undefined) {
    const ways = {
      'Open Folder': 'workbench.action.files.openFolder',
      'Try It Without a Key': 'dynamicWorkflows.tryDemo',
    };
    const message = 'Open a folder first: a workflow works on the files of one. Or try it on a sample project.';
    const chosen = await vscode.window.showInformationMessage(message, ...(Object.keys(ways) as (keyof typeof ways)[]));
    if (chosen) await vscode.commands.executeCommand(ways[chosen]);
    return null;
  }
  if (second === undefined) return only;
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder: 'In which folder?' });
  return picked?.uri.fsPath ?? null;
}
