import type { AgentNode } from './state.ts';

/**
 * Agents by id, as plain JSON. One changes at a time and each change makes a new table, so they lie in buckets: at
 * 1,000 agents a change copies some eighty references instead of a thousand. A bucket is a list: as an object, each would be of
 * a shape of its own, and copying it costs many times as much.
 */
export type AgentTable = readonly (readonly AgentNode[])[];

const BUCKETS = 64;

export const NO_AGENTS: AgentTable = Array.from({ length: BUCKETS }, () => []);

export function agentOf(table: AgentTable, id: string): AgentNode | undefined {
  return table[bucketOf(id)]?.find((agent) => agent.id === id);
}

export function withAgent(table: AgentTable, agent: AgentNode): AgentTable {
  const at = bucketOf(agent.id);
  const bucket = table[at] ?? [];
  const known = bucket.findIndex(({ id }) => id === agent.id);
  return table.with(at, known < 0 ? [...bucket, agent] : bucket.with(known, agent));
}

/** How many agents started each other down to this one; 0: the script did. */
export function depthOf(table: AgentTable, agent: AgentNode): number {
  let depth = 0;
  for (let above = agent.parent; above !== null; above = agentOf(table, above)?.parent ?? null) depth += 1;
  return depth;
}

/** In no particular order; the phases have them in the order in which they came. */
export function allAgents(table: AgentTable): readonly AgentNode[] {
  return table.flat();
}

export function mapAgents(table: AgentTable, change: (agent: AgentNode) => AgentNode): AgentTable {
  return table.map((bucket) => bucket.map(change));
}

function bucketOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (hash * 31 + id.charCodeAt(at)) | 0;
  return (hash >>> 0) % BUCKETS;
}
