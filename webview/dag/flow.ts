import { Position, type Edge, type Node, type NodeHandle } from '@xyflow/react';
import { bundled, type Bundle } from '../../src/projection/bundles.ts';
import type { Graph, GraphEdge } from '../../src/projection/graph.ts';
import { withoutImplied } from '../../src/projection/impliedEdges.ts';
import { agentOf } from '../../src/projection/agentTable.ts';
import type { AgentNode, PhaseState, RunState } from '../../src/projection/state.ts';
import type { Landing } from '../../src/protocol/change.ts';
import { progressOf, type Progress } from '../progress.ts';
import { activity, phaseTitle } from '../words.ts';
import { CARD, HEAD, type Placed } from './layout.ts';

export type AgentFlowNode = Node<
  { readonly agent: AgentNode; readonly doing: string; readonly marks: string },
  'agent'
>;
export type PhaseFlowNode = Node<
  { readonly title: string; readonly detail: string } & Pick<Progress, keyof Progress>,
  'phase'
>;
export type LandingFlowNode = Node<
  { readonly label: string; readonly landing: Landing; readonly marks: string },
  'landing'
>;
export type FlowNode = AgentFlowNode | PhaseFlowNode | LandingFlowNode;

const NO_PROGRESS: Progress = { settled: 0, total: 0, landings: 0 };

/** `active`: where the keyboard is. `now`: of what is said of waits. */
export interface Marks {
  readonly now: number;
  readonly selected: string | null;
  readonly active: string | null;
}

/** The DOM id of a node, for aria-activedescendant. */
export function domId(nodeId: string): string {
  return `node-${nodeId}`;
}

export function flowNodes(state: RunState, placed: readonly Placed[], marks: Marks): readonly FlowNode[] {
  const phases = new Map(state.phases.map((phase) => [phase.title, phase]));
  return placed.flatMap(({ node, x, y, width }): FlowNode[] => {
    switch (node.type) {
      case 'phase':
        return [phaseNode(node.id, { x, y, width }, state, phases.get(node.title))];
      case 'agent': {
        const agent = agentOf(state.agents, node.agentId);
        return agent ? [agentNode(node.id, { x, y }, state, agent, marks)] : [];
      }
      case 'landing':
        return landingNode(node.id, { x, y }, state, node.changeId, marks);
    }
  });
}

/** The head of the last column, which is no phase of the script. */
export function landingsHead(x: number): PhaseFlowNode {
  const data = { title: 'Merge queue', detail: 'What became of each change', ...NO_PROGRESS };
  return { id: 'landings', type: 'phase', position: { x, y: 0 }, data, ...sized({ ...HEAD, width: CARD.width }) };
}

type Point = Node['position'];

function phaseNode(
  id: string,
  { width, ...position }: Point & { readonly width: number },
  state: RunState,
  phase: PhaseState | undefined,
): PhaseFlowNode {
  const progress = phase ? progressOf(state, phase) : NO_PROGRESS;
  const data = { title: phaseTitle(phase?.title ?? null), detail: phase?.detail ?? '', ...progress };
  return { id, type: 'phase', position, data, ...sized({ ...HEAD, width }) };
}

function agentNode(id: string, position: Point, state: RunState, agent: AgentNode, marks: Marks): AgentFlowNode {
  const selected = marks.selected === agent.id;
  const data = { agent, doing: activity(state, agent, marks.now), marks: markWords(selected, marks.active === id) };
  return { id, type: 'agent', position, data, ...sized(CARD), ...asButton(id, selected) };
}

function landingNode(id: string, position: Point, state: RunState, changeId: string, marks: Marks): LandingFlowNode[] {
  const landing = state.changes.find(({ change }) => change.id === changeId)?.landing;
  if (!landing) return [];
  const author = agentOf(state.agents, changeId)?.label ?? changeId;
  const data = { label: author, landing, marks: markWords(false, marks.active === id) };
  return [{ id, type: 'landing', position, data, ...sized(CARD), ...asButton(id, false) }];
}

function markWords(selected: boolean, active: boolean): string {
  return `${selected ? ' is-selected' : ''}${active ? ' is-active' : ''}`;
}

function asButton(id: string, selected: boolean) {
  const domAttributes = { id: domId(id), 'aria-pressed': selected, 'aria-roledescription': undefined };
  return { ariaRole: 'button' as const, domAttributes };
}

const HANDLE = { width: 1, height: 1 } as const;

/**
 * Sizes and ends of edges are given, not measured, so that edges also lead to what is not rendered. `side` is where an
 * edge leaves that stays in its column.
 */
function sized({ width, height }: { readonly width: number; readonly height: number }) {
  const y = height / 2;
  const handles: NodeHandle[] = [
    { ...HANDLE, id: 'out', type: 'source', position: Position.Right, x: width - 1, y },
    { ...HANDLE, id: 'side', type: 'source', position: Position.Left, x: 0, y },
    { ...HANDLE, id: 'in', type: 'target', position: Position.Left, x: 0, y },
  ];
  return { width, height, measured: { width, height }, handles };
}

/** More lines of data than this are a tangle. */
const DATA_LINES = 60;

/** `count`: of the edges that a bundle stands for. */
export type FlowEdge = Edge<{ readonly count?: number }>;

/**
 * What leads to the selected agent and what follows from it stands out: of changes and judgements all the way, of data
 * the agents whose answers it got and those that got its own.
 */
export function flowEdges(graph: Graph, placed: readonly Placed[], selected: string | null): readonly FlowEdge[] {
  const at = new Map(placed.map(({ node, x }) => [node.id, x]));
  const start = graph.nodes.find((node) => node.type === 'agent' && node.agentId === selected)?.id ?? null;
  const flow = graph.edges.filter(({ type }) => type === 'about' || type === 'starts' || type === 'lands');
  const shown = new Set(
    start === null ? [] : [...reach(flow, start, 'from', 'to'), ...reach(flow, start, 'to', 'from')],
  );
  const isShown = (edge: GraphEdge | Bundle): boolean => {
    if (edge.type === 'bundle') return edge.holdsSelected;
    return edge.type === 'data' ? edge.from === start || edge.to === start : shown.has(edge);
  };
  return bundled(withoutImplied(graph, start), DATA_LINES, start).map((edge): FlowEdge => {
    const { from, to, type } = edge;
    return {
      ...{ id: `${type} ${from}>${to}`, source: from, target: to, type: 'line', targetHandle: 'in' },
      sourceHandle: (at.get(from) ?? 0) < (at.get(to) ?? 0) ? 'out' : 'side',
      className: `edge-${type}${type === 'data' ? ` way-${edge.way}` : ''}${isShown(edge) ? ' is-selected' : ''}`,
      ...(type === 'bundle' ? { data: { count: edge.count } } : {}),
      domAttributes: { 'aria-hidden': true },
    };
  });
}

/** All edges on the ways from a node, forwards or backwards. */
function reach(edges: readonly GraphEdge[], start: string, near: 'from' | 'to', far: 'from' | 'to'): Set<GraphEdge> {
  const found = new Set<GraphEdge>();
  const ends = [start];
  for (const end of ends) {
    for (const edge of edges) {
      if (edge[near] !== end || found.has(edge)) continue;
      found.add(edge);
      ends.push(edge[far]);
    }
  }
  return found;
}

/** Keeps the object of the last time for each element that is as it was, so that only what changed is drawn again. */
export function keeping<T extends FlowNode | FlowEdge>(): (fresh: readonly T[]) => T[] {
  let kept = new Map<string, T>();
  return (fresh) => {
    const elements = fresh.map((element) => {
      const known = kept.get(element.id);
      return known && isSame(known, element) ? known : element;
    });
    kept = new Map(elements.map((element) => [element.id, element]));
    return elements;
  };
}

function isSame(a: FlowNode | FlowEdge, b: FlowNode | FlowEdge): boolean {
  if ('source' in a || 'source' in b) return 'source' in a && 'source' in b && isSameEdge(a, b);
  const inPlace = a.position.x === b.position.x && a.position.y === b.position.y && a.width === b.width;
  return inPlace && isShallowlySame(a.data, b.data);
}

function isSameEdge(a: FlowEdge, b: FlowEdge): boolean {
  return a.sourceHandle === b.sourceHandle && a.className === b.className && a.data?.count === b.data?.count;
}

function isShallowlySame(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(a).every((key) => a[key] === b[key]);
}
