import { mapAgents } from '../src/projection/agentTable.ts';
import { statusOf } from '../src/projection/select.ts';
import type { AgentNode, RunState } from '../src/projection/state.ts';

/**
 * The state as it is shown. Events cannot say that the run's process died, so its agents would run for ever: those of
 * an interrupted run are interrupted too.
 */
export function displayed(state: RunState, alive: boolean): RunState {
  if (statusOf(state, alive) !== 'interrupted') return state;
  const { queued, running, interrupted, ...counts } = state.counts;
  return {
    ...state,
    agents: mapAgents(state.agents, (agent) => cutShort(agent, state.at)),
    counts: { ...counts, queued: 0, running: 0, interrupted: interrupted + queued + running },
    paused: null,
    questions: [],
    asked: [],
  };
}

function cutShort(agent: AgentNode, at: number): AgentNode {
  if (agent.status !== 'queued' && agent.status !== 'running') return agent;
  return { ...agent, status: 'interrupted', tools: [], waiting: null, endedAt: at };
}
