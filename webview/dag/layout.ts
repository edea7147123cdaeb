import type { Graph } from '../../src/projection/graph.ts';
import type { PhaseState } from '../../src/projection/state.ts';

/** Sizes of the drawing at zoom 1, in pixels. */
export const CARD = { width: 252, height: 58 } as const;
export const HEAD = { height: 46 } as const;
const GAP = { column: 52, inside: 16, row: 10, belowHead: 12 } as const;

/** A phase with more agents than this goes on in a further column, so that a thousand of them remain a picture. */
export const ROWS = 30;

export interface Placed {
  readonly node: Graph['nodes'][number];
  readonly x: number;
  readonly y: number;
  /** A phase's head is as wide as its agents together. */
  readonly width: number;
}

interface Layout {
  readonly placed: readonly Placed[];
  /** A column of landings that is no phase; null without one. */
  readonly landings: { readonly x: number } | null;
  readonly width: number;
}

/** Places by order alone: what is there stays where it is when more comes below it or in another state. */
export function layout(drawn: Graph, landingColumn: number | null = null): Layout {
  const nodes = drawn.nodes.map((node) =>
    node.type === 'landing' && landingColumn !== null ? { ...node, column: landingColumn } : node,
  );
  const columns = columnsOf(nodes);
  const placed = nodes.map((node): Placed => {
    const { start, width } = columns.get(node.column) ?? { start: 0, width: CARD.width };
    return { node, ...placeIn(start, node.row), width: node.type === 'phase' ? width : CARD.width };
  });
  const landing = landingColumn === null ? placed.find(({ node }) => node.type === 'landing') : undefined;
  const ends = [...columns.values()].map(({ start, width }) => start + width);
  return { placed, landings: landing ? { x: landing.x } : null, width: Math.max(0, ...ends) };
}

interface Column {
  readonly start: number;
  readonly width: number;
}

function columnsOf(nodes: Graph['nodes']): ReadonlyMap<number, Column> {
  const rows = new Map<number, number>();
  for (const { column, row } of nodes) rows.set(column, Math.max(rows.get(column) ?? 0, row));
  const columns = new Map<number, Column>();
  let start = 0;
  for (const [column, last] of [...rows].toSorted(([a], [b]) => a - b)) {
    const wide = Math.max(1, Math.ceil(last / ROWS));
    const width = wide * (CARD.width + GAP.inside) - GAP.inside;
    columns.set(column, { start, width });
    start += width + GAP.column;
  }
  return columns;
}

/** The phase that holds the landings, if there is one for them and nothing else. */
export function landingColumn(phases: readonly PhaseState[]): number | null {
  const [column, ...others] = phases.flatMap(({ landings }, at) => (landings > 0 ? [at] : []));
  if (column === undefined || others.length > 0) return null;
  return phases[column]?.agentIds.length === 0 ? column : null;
}

function placeIn(start: number, row: number): { readonly x: number; readonly y: number } {
  if (row === 0) return { x: start, y: 0 };
  const index = row - 1;
  const x = start + Math.floor(index / ROWS) * (CARD.width + GAP.inside);
  return { x, y: HEAD.height + GAP.belowHead + (index % ROWS) * (CARD.height + GAP.row) };
}

/** What an arrow key, Home or End leads to from `id` (from outside: the first); null for any other key. */
export function neighbour(placed: readonly Placed[], id: string | null, key: string): string | null {
  const stops = placed.filter(({ node }) => node.type !== 'phase');
  const here = stops.find(({ node }) => node.id === id);
  if (key === 'Home' || (!here && KEYS.has(key))) return stops[0]?.node.id ?? null;
  if (key === 'End') return stops.at(-1)?.node.id ?? null;
  if (!here) return null;
  const next = nearest(stops, here, key);
  return KEYS.has(key) ? (next ?? here).node.id : null;
}

const KEYS: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End']);

function nearest(stops: readonly Placed[], here: Placed, key: string): Placed | undefined {
  const sideways = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
  const ahead = stops.filter((stop) =>
    sideways ? (stop.x - here.x) * sign > 0 : stop.x === here.x && (stop.y - here.y) * sign > 0,
  );
  const far = (stop: Placed): number =>
    (sideways ? Math.abs(stop.x - here.x) * 1_000_000 : 0) + Math.abs(stop.y - here.y);
  return ahead.toSorted((a, b) => far(a) - far(b))[0];
}
