import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { agentOf } from '../projection/agentTable.ts';
import type { RunHub } from './runHub.ts';
import { Soon } from './soon.ts';
import { transcriptText } from './transcriptText.ts';

const SCHEME = 'workflow-transcript';
const REFRESH_MS = 500;

/** Transcripts as read-only documents; one that is open grows with its agent. */
export class Transcripts implements vscode.TextDocumentContentProvider, Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #touched = new Set<string>();
  readonly onDidChange = this.#changed.event;

  constructor(hub: RunHub) {
    this.#hub = hub;
    this.#owned.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
    const soon = this.#owned.add(new Soon(REFRESH_MS, () => this.#refresh()));
    this.#owned.add(
      hub.on((change) => {
        if (change.type !== 'events') return;
        for (const event of change.events) if ('agentId' in event) this.#touched.add(`${event.runId}/${event.agentId}`);
        soon.wish();
      }),
    );
  }

  async open(runId: string, agentId: string): Promise<void> {
    const run = await this.#hub.open(runId);
    const agent = run && agentOf(run.state.agents, agentId);
    if (!agent) return void vscode.window.showErrorMessage(`There is no agent ${agentId} in run ${runId}.`);
    const name = agent.label.replace(/[\\/\s]+/g, ' ').slice(0, 60);
    const query = JSON.stringify({ runId, agentId });
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md`, query });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { runId, agentId } = target(uri);
    const run = await this.#hub.open(runId);
    const agent = run && agentOf(run.state.agents, agentId);
    if (!run || !agent) return 'This run is no longer there.';
    const { readTranscript } = await import('../node/runReader.ts');
    return transcriptText(agent, (await readTranscript(run.summary.dir, agentId)) ?? []);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #refresh(): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme !== SCHEME) continue;
      const { runId, agentId } = target(uri);
      if (this.#touched.has(`${runId}/${agentId}`)) this.#changed.fire(uri);
    }
    this.#touched.clear();
  }
}

/** Of our own making, but kept by the editor and, after a reload, handed back by it. */
function target(uri: vscode.Uri): { readonly runId: string; readonly agentId: string } {
  try {
    const parsed: unknown = JSON.parse(uri.query);
    if (typeof parsed === 'object' && parsed !== null && 'runId' in parsed && 'agentId' in parsed) {
      return { runId: String(parsed.runId), agentId: String(parsed.agentId) };
    }
  } catch {
    // No JSON: nothing of ours.
  }
  return { runId: '', agentId: '' };
}
