import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import type { LaunchOffer } from '../../protocol/launchOffer.ts';

const SCHEME = 'workflow-offer';
/** Of those that were looked at; who looks at more has closed the first. */
const MOST_KEPT = 20;

/** Scripts that a person is asked to start, as read-only documents: the text that runs, not the file that it came from. */
export class LaunchScripts implements vscode.TextDocumentContentProvider, Disposable {
  readonly #provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly #texts = new Map<string, string>();

  async show(requestId: string, { workflowName, script }: LaunchOffer): Promise<void> {
    this.#texts.delete(requestId);
    this.#texts.set(requestId, script);
    for (const oldest of [...this.#texts.keys()].slice(0, -MOST_KEPT)) this.#texts.delete(oldest);
    const name = workflowName.replace(/[\\/\s]+/g, ' ').slice(0, 60);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.js`, query: requestId });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent({ query }: vscode.Uri): string {
    return (
      this.#texts.get(query) ?? '// This script is kept while its question is open. The run’s own copy: Open Script.\n'
    );
  }

  dispose(): void {
    this.#provider.dispose();
  }
}
