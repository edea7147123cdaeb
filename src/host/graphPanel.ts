import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { agentOf } from '../projection/agentTable.ts';
import { snapshotOf, type RunState } from '../projection/state.ts';
import type { ControlBody } from '../protocol/control.ts';
import type { Event } from '../protocol/messages.ts';
import type { HostMessage, ViewMessage } from '../protocol/wire.ts';
import { agentDetail } from './agentDetail.ts';
import { answerRequest } from './openRequests.ts';
import { pageHtml } from './pageHtml.ts';
import type { Places } from './places.ts';
import type { HubChange, RunHub } from './runHub.ts';
import { Soon } from './soon.ts';
import { tellRun } from './tellRun.ts';

export const GRAPH_VIEW = 'dynamicWorkflows.graph';
/** So that a graph of a thousand agents still draws 60 times a second. */
const BATCH_MS = 150;

/** A run's graph in an editor tab of its own, one a run. */
export class GraphPanels implements vscode.WebviewPanelSerializer, Disposable {
  readonly #hub: RunHub;
  readonly #places: Pick<Places, 'dist' | 'graphIcon'>;
  readonly #owned = new DisposableStore();
  readonly #panels = new Map<string, GraphPanel>();

  constructor(hub: RunHub, places: Pick<Places, 'dist' | 'graphIcon'>) {
    this.#hub = hub;
    this.#places = places;
    this.#owned.add(vscode.window.registerWebviewPanelSerializer(GRAPH_VIEW, this));
    this.#owned.add(hub.on((change) => this.#pass(change)));
  }

  async open(runId: string): Promise<void> {
    const shown = this.#panels.get(runId);
    if (shown) {
      shown.panel.reveal();
      return;
    }
    const run = await this.#hub.open(runId);
    if (!run) return void vscode.window.showErrorMessage(`There is no run ${runId}.`);
    const title = `${run.summary.workflowName} graph`;
    this.#attach(vscode.window.createWebviewPanel(GRAPH_VIEW, title, vscode.ViewColumn.Active, this.#options()), runId);
  }

  /** After a reload: the editor gives the tab back, with what the page remembered. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, memory: unknown): Promise<void> {
    const remembered = typeof memory === 'object' && memory !== null && 'runId' in memory ? memory.runId : undefined;
    await this.#hub.look();
    const run = typeof remembered === 'string' ? this.#hub.get(remembered) : undefined;
    if (!run) {
      panel.dispose();
      return;
    }
    panel.webview.options = this.#options();
    this.#attach(panel, run.runId);
  }

  dispose(): void {
    this.#owned.dispose();
    for (const { panel } of this.#panels.values()) panel.dispose();
  }

  #attach(panel: vscode.WebviewPanel, runId: string): void {
    this.#panels.get(runId)?.panel.dispose();
    const graph = new GraphPanel(this.#hub, panel, runId);
    this.#panels.set(runId, graph);
    panel.iconPath = this.#places.graphIcon;
    panel.onDidDispose(() => {
      graph.dispose();
      if (this.#panels.get(runId) === graph) this.#panels.delete(runId);
    });
    panel.webview.html = pageHtml(panel.webview, this.#places.dist, { name: 'webview', title: 'Run graph' });
  }

  #pass(change: HubChange): void {
    if (change.type === 'events') this.#panels.get(change.runId)?.accept(change.events);
    else if (change.type === 'decided') void this.#panels.get(change.runId)?.tellDecisions();
    else if (change.type === 'list') for (const graph of this.#panels.values()) graph.tellStanding();
  }

  #options(): vscode.WebviewOptions & vscode.WebviewPanelOptions {
    return { enableScripts: true, localResourceRoots: [this.#places.dist], enableFindWidget: true };
  }
}

class GraphPanel implements Disposable {
  readonly panel: vscode.WebviewPanel;
  readonly #hub: RunHub;
  readonly #runId: string;
  readonly #owned = new DisposableStore();
  readonly #soon = this.#owned.add(new Soon(BATCH_MS, () => this.#flush()));
  /** Events that the page has not got; null while it has no snapshot either. */
  #pending: Event[] | null = null;
  #alive: boolean | null = null;
  #answerable: boolean | null = null;
  /** Of several who look what has been decided, the last one tells it, and none once the panel is gone. */
  #lookedAt = 0;

  constructor(hub: RunHub, panel: vscode.WebviewPanel, runId: string) {
    this.#hub = hub;
    this.panel = panel;
    this.#runId = runId;
    // Meanwhile something may have been decided in a terminal.
    this.#owned.add(panel.onDidChangeViewState(() => panel.visible && void this.tellDecisions()));
    this.#owned.add(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        this.#receive(message).catch((error: unknown) => void vscode.window.showErrorMessage(String(error)));
      }),
    );
  }

  accept(events: readonly Event[]): void {
    if (this.#pending === null) return;
    this.#pending.push(...events);
    this.#soon.wish();
  }

  tellStanding(): void {
    if (this.#alive === null) return;
    this.#tellAnswerable();
    const alive = this.#hub.get(this.#runId)?.alive ?? false;
    if (this.#alive === alive) return;
    this.#alive = alive;
    this.#flush();
    this.#post({ type: 'alive', alive });
  }

  async tellDecisions(): Promise<void> {
    const turn = (this.#lookedAt += 1);
    const dir = this.#hub.get(this.#runId)?.summary.dir;
    if (this.#alive === null || dir === undefined) return;
    const { parseDecisions } = await import('../node/apply/decisionLog.ts');
    const parsed = await parseDecisions(dir).catch(() => null);
    // Who acts on one that cannot be read is told; who only looks sees what the run itself says.
    if (parsed?.ok && turn === this.#lookedAt) this.#post({ type: 'decisions', decisions: parsed.values });
  }

  dispose(): void {
    this.#lookedAt += 1;
    this.#owned.dispose();
  }

  #flush(): void {
    const events = this.#pending;
    if (!events || events.length === 0) return;
    this.#pending = [];
    this.#post({ type: 'events', runId: this.#runId, events });
  }

  async #receive(message: unknown): Promise<void> {
    const { viewMessage } = await import('../protocol/wire.ts');
    const parsed = viewMessage.safeParse(message);
    if (parsed.success) await this.#answer(parsed.data);
  }

  async #answer(message: ViewMessage): Promise<void> {
    const runId = this.#runId;
    switch (message.type) {
      case 'ready':
        return this.#sendSnapshot();
      case 'agent.show':
        return this.#sendAgent(message.agentId);
      case 'transcript.open':
        return run('openTranscript', { kind: 'agent', runId, agentId: message.agentId });
      case 'change.open':
        return run('openChange', { kind: 'agent', runId, agentId: message.changeId });
      case 'change.land':
        return run('landChange', { kind: 'agent', runId, agentId: message.changeId });
      case 'change.discard':
        return run('discardChange', { kind: 'agent', runId, agentId: message.changeId });
      case 'changes.apply':
        return run('applyChanges', runId);
      case 'changes.merge':
        return run('mergeChanges', runId);
      case 'changes.propose':
        return run('proposeChanges', runId);
      case 'script.open':
        return run('openScript', runId);
      case 'run.resume':
        return run('resumeRun', runId);
      case 'permission.answer':
      case 'question.answer':
        answerRequest(this.#hub, runId, message);
        return;
      case 'run.stop':
      case 'run.pause':
      case 'run.continue':
      case 'phase.finish':
      case 'agent.stop':
      case 'agent.skip':
      case 'agent.restart':
      case 'agent.steer':
        return this.#tell(message);
    }
  }

  async #tell(body: ControlBody): Promise<void> {
    const run = this.#hub.get(this.#runId);
    if (run) await tellRun(run, body);
  }

  async #sendSnapshot(): Promise<void> {
    const opened = await this.#hub.open(this.#runId);
    if (!opened) return;
    this.#pending = [];
    // Of this moment: since it was opened, more may have come.
    const now = this.#hub.get(this.#runId) ?? opened;
    this.#alive = now.alive;
    // A page that was hidden is another one now.
    this.#answerable = null;
    this.#tellAnswerable();
    this.#post({ type: 'snapshot', snapshot: snapshotOf(now.state ?? opened.state), alive: now.alive });
    await this.tellDecisions();
  }

  async #sendAgent(agentId: string): Promise<void> {
    const opened = await this.#hub.open(this.#runId);
    const agent = opened && agentOf(opened.state.agents, agentId);
    if (!opened || !agent) return;
    const { readTranscript } = await import('../node/runReader.ts');
    const messages = (await readTranscript(opened.summary.dir, agentId)) ?? [];
    this.#post({ type: 'agent', detail: agentDetail(agent, messages) });
  }

  #tellAnswerable(): void {
    const answerable = (this.#hub.get(this.#runId)?.engine ?? null) !== null;
    if (this.#answerable === answerable) return;
    this.#answerable = answerable;
    this.#post({ type: 'answerable', answerable });
  }

  #post(message: HostMessage<RunState>): void {
    void this.panel.webview.postMessage(message);
  }
}

async function run(command: string, argument: unknown): Promise<void> {
  await vscode.commands.executeCommand(`dynamicWorkflows.${command}`, argument);
}
