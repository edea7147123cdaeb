import { agentOf } from './agentTable.ts';
import { agentsOf } from './select.ts';
import type { AgentNode, PhaseState, RunState } from './state.ts';

export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'unknown' }
  /** Several answer to it. */
  | { readonly kind: 'ambiguous'; readonly values: readonly T[] };

/** The agent that a person means by its id, its label or a beginning of that; one at work before one that has ended. */
export function findAgent(state: RunState, text: string): Found<AgentNode> {
  const byId = agentOf(state.agents, text);
  if (byId) return { kind: 'found', value: byId };
  const all = state.phases.flatMap((phase) => agentsOf(state, phase));
  const live = byName(all.filter(isLive), text, ({ label }) => label);
  return live.kind === 'unknown' ? byName(all, text, ({ label }) => label) : live;
}

/** The phase by its title or a beginning of that; without one, the only phase with agents at work. */
export function findPhase(state: RunState, text: string | undefined): Found<PhaseState> {
  const named = text === undefined ? null : byName(state.phases, text, ({ title }) => title ?? '');
  return named ?? only(state.phases.filter((phase) => agentsOf(state, phase).some(isLive)));
}

export function isLive({ status }: AgentNode): boolean {
  return status === 'queued' || status === 'running';
}

/** The whole name wins over a beginning; large and small letters are the same. */
function byName<T>(all: readonly T[], text: string, nameOf: (each: T) => string): Found<T> {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return { kind: 'unknown' };
  const whole = only(all.filter((each) => nameOf(each).trim().toLowerCase() === wanted));
  return whole.kind === 'unknown'
    ? only(all.filter((each) => nameOf(each).trim().toLowerCase().startsWith(wanted)))
    : whole;
}

function only<T>(values: readonly T[]): Found<T> {
  const [first, second] = values;
  if (first === undefined) return { kind: 'unknown' };
  return second === undefined ? { kind: 'found', value: first } : { kind: 'ambiguous', values };
}
