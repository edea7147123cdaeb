import { agentsOf } from '../src/projection/select.ts';
import type { PhaseState, RunState } from '../src/projection/state.ts';

/** Agents of a phase. `settled`: they will do nothing more, whatever came of them. */
export interface Progress {
  readonly settled: number;
  readonly total: number;
}

export function progressOf(state: RunState, phase: PhaseState): Progress {
  const agents = agentsOf(state, phase);
  const open = agents.filter(({ status }) => status === 'queued' || status === 'running');
  return { settled: agents.length - open.length, total: agents.length };
}
