import * as vscode from 'vscode';

/**
 * Resolves as soon as something holds: at once, or after one of these events. There is no limit but the test's own, so
 * a test that waits in vain fails by it.
 */
export function until(event: vscode.Event<unknown>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const listening = event(check);
    check();

    function check(): void {
      if (!holds()) return;
      listening.dispose();
      resolve();
    }
  });
}

/** What a document says once somebody has shown it and typed `typed` at its beginning. */
export async function typedInto(document: vscode.TextDocument): Promise<string> {
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(0, 0, 0, 0) });
  await vscode.commands.executeCommand('type', { text: 'typed' });
  return document.getText();
}
