import * as vscode from 'vscode';
import * as z from 'zod';

const Manifest = z.object({ displayName: z.string(), version: z.string() });

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('dynamicWorkflows.about', () => showAbout(context.extension)),
  );
}

function showAbout(extension: vscode.Extension<unknown>): void {
  const { displayName, version } = Manifest.parse(extension.packageJSON);
  void vscode.window.showInformationMessage(`${displayName} ${version}`);
}
