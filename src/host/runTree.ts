import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { agentOf } from '../projection/agentTable.ts';
import { shownPhases, startedBy } from '../projection/select.ts';
import type { RunHub } from './runHub.ts';
import { agentItem, landingItem, landingsOf, phaseItem, runItem } from './runTreeItems.ts';
import { Soon } from './soon.ts';

/** A row: a run, one of its phases (by place), an agent, or what became of a change; its id is its author's. */
export type RunNode =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'phase'; readonly runId: string; readonly index: number }
  | { readonly kind: 'agent'; readonly runId: string; readonly agentId: string }
  | { readonly kind: 'landing'; readonly runId: string; readonly agentId: string };

const REFRESH_MS = 250;

/** The list of runs in the side bar: run, phase, agent, and the agents that it started. */
export class RunTree implements vscode.TreeDataProvider<RunNode>, Disposable {
  readonly #hub: RunHub;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<RunNode | undefined>());
  readonly #nodes = new Map<string, RunNode>();
  readonly #touched = new Set<string>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(hub: RunHub) {
    this.#hub = hub;
    const soon = this.#owned.add(new Soon(REFRESH_MS, () => this.#refresh()));
    this.#owned.add(
      hub.on((change) => {
        if (change.type !== 'list' && change.type !== 'events') return;
        this.#touched.add(change.type === 'list' ? ALL : change.runId);
        soon.wish();
      }),
    );
  }

  /** The row of a run. */
  runNode(runId: string): RunNode {
    return this.#node({ kind: 'run', runId });
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (!node) return this.#hub.runs().map(({ runId }) => this.#node({ kind: 'run', runId }));
    const run = await this.#hub.open(node.runId);
    if (!run || node.kind === 'landing') return [];
    const { runId } = node;
    const phases = shownPhases(run.state);
    if (node.kind === 'run') return phases.map((_, index) => this.#node({ kind: 'phase', runId, index }));
    const agentNode = (agentId: string): RunNode => this.#node({ kind: 'agent', runId, agentId });
    if (node.kind === 'agent') {
      const above = phases.find(({ agentIds }) => agentIds.includes(node.agentId));
      return above ? startedBy(run.state, above, node.agentId).map(({ id }) => agentNode(id)) : [];
    }
    const phase = phases[node.index];
    if (!phase) return [];
    const agents = startedBy(run.state, phase, null).map(({ id }) => agentNode(id));
    const landings = landingsOf(run.state, phase).map(({ change }) =>
      this.#node({ kind: 'landing', runId, agentId: change.id }),
    );
    return [...agents, ...landings];
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    const run = this.#hub.get(node.runId);
    if (!run) return new vscode.TreeItem('');
    if (node.kind === 'run') return runItem(run, Date.now());
    const { state } = run;
    if (node.kind === 'phase') {
      const phase = state && shownPhases(state)[node.index];
      return phase ? phaseItem(run, phase, node.index) : new vscode.TreeItem('');
    }
    if (node.kind === 'landing') return landingItem(run, node.agentId);
    const agent = state && agentOf(state.agents, node.agentId);
    return agent ? agentItem(run, agent, Date.now()) : new vscode.TreeItem('');
  }

  getParent(node: RunNode): RunNode | undefined {
    if (node.kind === 'run') return undefined;
    const { runId } = node;
    const run = this.#node({ kind: 'run', runId });
    const state = this.#hub.get(runId)?.state;
    if (node.kind === 'phase' || !state) return run;
    const parent = node.kind === 'agent' ? agentOf(state.agents, node.agentId)?.parent : null;
    if (typeof parent === 'string') return this.#node({ kind: 'agent', runId, agentId: parent });
    const index = shownPhases(state).findIndex((phase) =>
      node.kind === 'agent'
        ? phase.agentIds.includes(node.agentId)
        : landingsOf(state, phase).some(({ change }) => change.id === node.agentId),
    );
    return index < 0 ? run : this.#node({ kind: 'phase', runId, index });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #refresh(): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    if (touched.includes(ALL)) this.#changed.fire(undefined);
    else for (const runId of touched) this.#changed.fire(this.#node({ kind: 'run', runId }));
  }

  /** The editor knows a row by its object: the same row is always the same one. */
  #node(node: RunNode): RunNode {
    const key = keyOf(node);
    const known = this.#nodes.get(key);
    if (known) return known;
    this.#nodes.set(key, node);
    return node;
  }
}

const ALL = '';

function keyOf(node: RunNode): string {
  switch (node.kind) {
    case 'run':
      return node.runId;
    case 'phase':
      return `${node.runId}/${node.index}`;
    case 'agent':
    case 'landing':
      return `${node.runId}/${node.kind}/${node.agentId}`;
  }
}
