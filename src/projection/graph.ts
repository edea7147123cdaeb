import type { Landing } from '../protocol/change.ts';
import { agentOf } from './agentTable.ts';
import { agentsOf, currentChanges, shownPhases } from './select.ts';
import type { AgentKind } from '../protocol/messages.ts';
import type { AgentStatus, RunState } from './state.ts';

/** A run's graph as plain data: a column a phase, agents below each other in it, landings in a last column. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

type GraphNode = { readonly id: string; readonly column: number; readonly row: number } & (
  | { readonly type: 'phase'; readonly title: string | null; readonly agents: number }
  | {
      readonly type: 'agent';
      readonly agentId: string;
      readonly kind: AgentKind;
      readonly label: string;
      readonly status: AgentStatus;
    }
  | { readonly type: 'landing'; readonly changeId: string; readonly status: Landing['status'] }
);

/** `phase`: comes after. `about`: what one wrote, the other judges. `lands`: a change's way onto the branch. */
interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly type: 'phase' | 'about' | 'lands';
}

/** Of this attempt's agents; row 0 of a column is its phase. */
export function graph(state: RunState): Graph {
  const phases = shownPhases(state);
  const heads = phases.map((phase, column): GraphNode => ({
    ...{ id: phaseId(column), column, row: 0, type: 'phase' },
    ...{ title: phase.title, agents: phase.agentIds.length },
  }));
  const agents = phases.flatMap((phase, column) =>
    agentsOf(state, phase).map(({ id, kind, label, status }, index): GraphNode => ({
      ...{ id: agentNodeId(id), column, row: index + 1, type: 'agent' },
      ...{ agentId: id, kind, label, status },
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

function edgesAmong(state: RunState, nodes: readonly GraphNode[]): readonly GraphEdge[] {
  const present = new Set(nodes.map((node) => node.id));
  return nodes.flatMap((node): GraphEdge[] => {
    const edge = edgeTo(state, node);
    return edge && present.has(edge.from) ? [edge] : [];
  });
}

function edgeTo(state: RunState, node: GraphNode): GraphEdge | null {
  switch (node.type) {
    case 'phase':
      return { from: phaseId(node.column - 1), to: node.id, type: 'phase' };
    case 'agent': {
      const about = agentOf(state.agents, node.agentId)?.about;
      return about ? { from: agentNodeId(about), to: node.id, type: 'about' } : null;
    }
    case 'landing':
      return { from: agentNodeId(node.changeId), to: node.id, type: 'lands' };
  }
}

const phaseId = (column: number): string => `phase:${column}`;
const agentNodeId = (id: string): string => `agent:${id}`;
const landingId = (id: string): string => `landing:${id}`;
