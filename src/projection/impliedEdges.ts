import type { Graph, GraphEdge } from './graph.ts';

type Ends = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Without edges of data that two others already say: from the first to one between, and from that to the last. A finder
 * whose words reach every reviewer by way of the authors would fan out across the whole picture. Those of the selected
 * node remain.
 */
export function withoutImplied({ nodes, edges }: Graph, selected: string | null): Graph {
  const flow = edges.filter(({ type }) => type === 'data' || type === 'about' || type === 'starts');
  // Few are between others: of three hundred who tell three hundred, nobody is.
  const starts = new Set(flow.map(({ from }) => from));
  const between = new Set(flow.flatMap(({ to }) => (starts.has(to) ? [to] : [])));
  const [after, before] = [endsOf(flow, 'from', 'to', between), endsOf(flow, 'to', 'from', between)];
  const isImplied = ({ from, to }: GraphEdge): boolean => {
    const [next, previous] = [after.get(from) ?? NONE, before.get(to) ?? NONE];
    // Through the smaller of both: one of a thousand who all tell one has one.
    return next.size < previous.size ? hasOneOf(previous, next) : hasOneOf(next, previous);
  };
  const isOwn = ({ from, to }: GraphEdge): boolean => from === selected || to === selected;
  return { nodes, edges: edges.filter((edge) => edge.type !== 'data' || isOwn(edge) || !isImplied(edge)) };
}

const NONE: ReadonlySet<string> = new Set();

/** By each node the ones that it leads to, or that lead to it, of those that are between others. */
function endsOf(
  edges: readonly GraphEdge[],
  near: 'from' | 'to',
  far: 'from' | 'to',
  between: ReadonlySet<string>,
): Ends {
  const ends = new Map<string, Set<string>>();
  for (const edge of edges) {
    if (!between.has(edge[far])) continue;
    const known = ends.get(edge[near]);
    if (known) known.add(edge[far]);
    else ends.set(edge[near], new Set([edge[far]]));
  }
  return ends;
}

function hasOneOf(many: ReadonlySet<string>, few: ReadonlySet<string>): boolean {
  for (const one of few) if (many.has(one)) return true;
  return false;
}
