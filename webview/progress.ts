import { count } from '../src/base/text.ts';
import { agentsOf } from '../src/projection/select.ts';
import type { PhaseState, RunState } from '../src/projection/state.ts';

/** Agents of a phase. `settled`: they need not be asked again, whatever came of them. */
export interface Progress {
  readonly settled: number;
  readonly total: number;
  /** Changes that the merge queue took in this phase. */
  readonly landings: number;
}

export function progressOf(state: RunState, phase: PhaseState): Progress {
  const agents = agentsOf(state, phase);
  const settled = agents.filter(({ status }) => status === 'done' || status === 'null' || status === 'threw');
  return { settled: settled.length, total: agents.length, landings: phase.landings };
}

/** `3 of 6`, or what else has happened in the phase; empty while nothing has. */
export function progressWords({ settled, total, landings }: Progress): string {
  if (total > 0) return `${settled} of ${total}`;
  return landings > 0 ? count(landings, 'landing') : '';
}
