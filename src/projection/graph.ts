import type { Landing } from '../protocol/change.ts';
import { agentOf } from './agentTable.ts';
import { agentsOf, currentChanges, shownPhases } from './select.ts';
import type { AgentKind, CallGroup } from '../protocol/messages.ts';
import type { AgentNode, AgentStatus, RunState } from './state.ts';

/** A run's graph as plain data: a column a phase, agents below each other in it, landings in a last column. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export type GraphNode = { readonly id: string; readonly column: number; readonly row: number } & (
  | { readonly type: 'phase'; readonly title: string | null; readonly agents: number }
  | {
      readonly type: 'agent';
      readonly agentId: string;
      readonly kind: AgentKind;
      readonly label: string;
      readonly status: AgentStatus;
      /** Where in `parallel()` or `pipeline()` it was asked for; null where that is not known, or in neither. */
      readonly group: CallGroup | null;
    }
  | { readonly type: 'landing'; readonly changeId: string; readonly status: Landing['status'] }
);

/**
 * `phase`: comes after. `about`: what one wrote, the other judges. `starts`: the one had the other do it. `lands`: a change's way onto the branch. `data`: what one
 * answered stands in what the other was told, or the script says so (X09); where both are so, it is `about`.
 */
export type GraphEdge =
  | { readonly from: string; readonly to: string; readonly type: 'phase' | 'about' | 'starts' | 'lands' }
  | { readonly from: string; readonly to: string; readonly type: 'data'; readonly way: DataWay };

/**
 * `stage`: from one stage of a pipeline to a later one of the same item, which waits for no other. `barrier`: out of a
 * `parallel()` or `pipeline()`, all of which has ended before. `plain`: any other.
 */
export type DataWay = 'stage' | 'barrier' | 'plain';

/** Of this attempt's agents; row 0 of a column is its phase. */
export function graph(state: RunState): Graph {
  const phases = shownPhases(state);
  const heads = phases.map((phase, column): GraphNode => ({
    ...{ id: phaseId(column), column, row: 0, type: 'phase' },
    ...{ title: phase.title, agents: phase.agentIds.length },
  }));
  const agents = phases.flatMap((phase, column) =>
    agentsOf(state, phase).map(({ id, kind, label, status, group }, index): GraphNode => ({
      ...{ id: agentNodeId(id), column, row: index + 1, type: 'agent' },
      ...{ agentId: id, kind, label, status, group },
    })),
  );
  const landings = currentChanges(state).flatMap(({ change, landing }) =>
    landing ? [{ id: change.id, landing }] : [],
  );
  const landingNodes = landings.map(({ id, landing }, index): GraphNode => ({
    ...{ id: landingId(id), column: phases.length, row: index + 1, type: 'landing' },
    ...{ changeId: id, status: landing.status },
  }));
  const nodes = [...heads, ...agents, ...landingNodes];
  return { nodes, edges: edgesAmong(state, nodes) };
}

/** Without cycles: what flows into a prompt was there before it. */
function edgesAmong(state: RunState, nodes: readonly GraphNode[]): readonly GraphEdge[] {
  const present = new Set(nodes.map((node) => node.id));
  return nodes.flatMap((node) => edgesTo(state, node).filter((edge) => present.has(edge.from)));
}

function edgesTo(state: RunState, node: GraphNode): readonly GraphEdge[] {
  switch (node.type) {
    case 'phase':
      return [{ from: phaseId(node.column - 1), to: node.id, type: 'phase' }];
    case 'agent': {
      const agent = agentOf(state.agents, node.agentId);
      return agent ? [...aboutEdge(agent), ...startEdge(agent), ...dataEdges(state, agent)] : [];
    }
    case 'landing':
      return [{ from: agentNodeId(node.changeId), to: node.id, type: 'lands' }];
  }
}

function aboutEdge({ id, about }: AgentNode): readonly GraphEdge[] {
  return about === null ? [] : [{ from: agentNodeId(about), to: agentNodeId(id), type: 'about' }];
}

function startEdge({ id, parent }: AgentNode): readonly GraphEdge[] {
  return parent === null ? [] : [{ from: agentNodeId(parent), to: agentNodeId(id), type: 'starts' }];
}

function dataEdges(state: RunState, agent: AgentNode): readonly GraphEdge[] {
  return agent.from.flatMap((id): GraphEdge[] => {
    const source = id === agent.about ? undefined : agentOf(state.agents, id);
    if (!source) return [];
    const way = wayOf(source.group, agent.group);
    return [{ from: agentNodeId(id), to: agentNodeId(agent.id), type: 'data', way }];
  });
}

function wayOf(from: CallGroup | null, to: CallGroup | null): DataWay {
  if (from === null) return 'plain';
  if (to?.id !== from.id) return 'barrier';
  return from.kind === 'pipeline' && from.item === to.item ? 'stage' : 'plain';
}

export const phaseId = (column: number): string => `phase:${column}`;
const agentNodeId = (id: string): string => `agent:${id}`;
const landingId = (id: string): string => `landing:${id}`;
