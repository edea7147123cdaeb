import { phaseId, type Graph, type GraphEdge, type GraphNode } from './graph.ts';

/** Many edges of data between two phases as one, from head to head. */
export interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly type: 'bundle';
  /** How many edges it stands for. */
  readonly count: number;
  /** Whether one of them begins or ends at the selected node. */
  readonly holdsSelected: boolean;
}

type DataEdge = Extract<GraphEdge, { readonly type: 'data' }>;

interface Strand {
  readonly columns: readonly [from: number, to: number];
  readonly edges: DataEdge[];
}

/**
 * The edges as they can be drawn. Above `limit` edges of data, those between two phases become one, the most numerous
 * first, until the others are few enough; within one phase they are left out. Those of the selected node remain, if they
 * are not too many themselves.
 */
export function bundled(
  { nodes, edges }: Graph,
  limit: number,
  selected: string | null,
): readonly (GraphEdge | Bundle)[] {
  const data = edges.filter((edge) => edge.type === 'data');
  if (data.length <= limit) return edges;
  const touches = ({ from, to }: DataEdge): boolean => from === selected || to === selected;
  const own = data.filter(touches);
  const shown = new Set<GraphEdge>(own.length <= limit ? own : []);
  const bundles: Bundle[] = [];
  let left = data.length - shown.size;
  const strands = strandsOf(
    nodes,
    data.filter((edge) => !shown.has(edge)),
  );
  for (const strand of strands.toSorted((a, b) => b.edges.length - a.edges.length)) {
    if (left <= limit) for (const edge of strand.edges) shown.add(edge);
    else bundles.push(...bundleOf(strand, strand.edges.some(touches)));
    if (left > limit) left -= strand.edges.length;
  }
  return [...edges.filter((edge) => edge.type !== 'data' || shown.has(edge)), ...bundles];
}

function strandsOf(nodes: readonly GraphNode[], edges: readonly DataEdge[]): readonly Strand[] {
  const columns = new Map(nodes.map(({ id, column }) => [id, column]));
  const strands = new Map<string, Strand>();
  for (const edge of edges) {
    const ends = [columns.get(edge.from) ?? 0, columns.get(edge.to) ?? 0] as const;
    const strand = strands.get(ends.join());
    if (strand) strand.edges.push(edge);
    else strands.set(ends.join(), { columns: ends, edges: [edge] });
  }
  return [...strands.values()];
}

function bundleOf({ columns: [from, to], edges }: Strand, holdsSelected: boolean): readonly Bundle[] {
  if (from === to) return [];
  return [{ from: phaseId(from), to: phaseId(to), type: 'bundle', count: edges.length, holdsSelected }];
}
