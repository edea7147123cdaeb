import type { AgentEnd, Event } from '../protocol/messages.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { agentOf, withAgent, type AgentTable } from './agentTable.ts';
import type { AgentNode, AgentStatus, PhaseState, RunState } from './state.ts';

/** Of an agent that does nothing. */
const IDLE = { tools: [], waiting: null, worktree: null } as const;

/** A new agent in its phase; or one of an earlier attempt that is asked for again, with all that it has done. */
export function queueAgent(state: RunState, event: Extract<Event, { readonly type: 'agent.queued' }>): RunState {
  const { agentId: id, kind, label, phase, model, prompt, about, parent = null, from = [], group = null } = event;
  const known = agentOf(state.agents, id);
  const agent: AgentNode = {
    ...(known ?? newcomer(event.at)),
    ...{ id, kind, label, phase, prompt, about: about ?? null, parent, from, group, attempt: state.attempt },
    model: known?.requests ? known.model : model,
    status: 'queued',
  };
  return { ...put(state, known, agent), phases: state.phases.map((each) => placed(state.agents, each, agent)) };
}

/** Changes an agent by its patch; an agent that nobody announced is ignored. */
export function changeAgent(state: RunState, id: string, patch: (agent: AgentNode) => Partial<AgentNode>): RunState {
  const agent = agentOf(state.agents, id);
  return agent ? put(state, agent, { ...agent, ...patch(agent) }) : state;
}

export function endAgent(state: RunState, event: Extract<Event, { readonly type: 'agent.ended' }>): RunState {
  const { at, fromJournal } = event;
  return changeAgent(state, event.agentId, (agent) => ({
    ...ending(event.end, agent),
    fromJournal,
    endedAt: fromJournal ? (agent.endedAt ?? at) : at,
    ...IDLE,
  }));
}

/** The agent as it is when its run is over: what had not ended never will. */
export function interrupted(agent: AgentNode, at: number): AgentNode {
  if (agent.status !== 'queued' && agent.status !== 'running') return agent;
  return { ...agent, ...IDLE, status: 'interrupted', endedAt: at };
}

function newcomer(queuedAt: number) {
  return {
    ...IDLE,
    ...{ cause: null, message: null, preview: '', usage: NO_USAGE, usd: 0, requests: 0 },
    ...{ fromJournal: false, from: [], group: null, restarts: 0, queuedAt, startedAt: null, endedAt: null },
  };
}

function ending(end: AgentEnd, agent: AgentNode): Pick<AgentNode, 'status' | 'cause' | 'message' | 'preview'> {
  switch (end.kind) {
    case 'done':
      return { status: 'done', cause: null, message: null, preview: end.preview };
    case 'null':
      return { status: 'null', cause: end.cause, message: end.message, preview: agent.preview };
    case 'threw':
      return { status: 'threw', cause: null, message: end.message, preview: agent.preview };
  }
}

function placed(agents: AgentTable, phase: PhaseState, agent: AgentNode): PhaseState {
  const inside = phase.agentIds.includes(agent.id);
  if (phase.title === agent.phase)
    return inside
      ? phase
      : { ...phase, agentIds: phase.agentIds.toSpliced(placeOf(agents, phase, agent), 0, agent.id) };
  return inside ? { ...phase, agentIds: phase.agentIds.filter((id) => id !== agent.id) } : phase;
}

/** Behind its parent and all that this one has started so far; without a parent, at the end. */
function placeOf(agents: AgentTable, { agentIds }: PhaseState, { parent }: AgentNode): number {
  const first = parent === null ? -1 : agentIds.indexOf(parent);
  if (first < 0) return agentIds.length;
  const block = new Set([agentIds[first]]);
  let at = first + 1;
  for (; at < agentIds.length; at += 1) {
    const above = agentOf(agents, agentIds[at] ?? '')?.parent ?? null;
    if (above === null || !block.has(above)) break;
    block.add(agentIds[at]);
  }
  return at;
}

/** Counts are of this attempt's agents only. */
function put(state: RunState, before: AgentNode | undefined, after: AgentNode): RunState {
  const agents = withAgent(state.agents, after);
  const left = before?.attempt === state.attempt ? before.status : null;
  const entered = after.attempt === state.attempt ? after.status : null;
  return left === entered ? { ...state, agents } : { ...state, agents, counts: moved(state.counts, left, entered) };
}

function moved(counts: RunState['counts'], left: AgentStatus | null, entered: AgentStatus | null): RunState['counts'] {
  const next = { ...counts };
  if (left) next[left] -= 1;
  if (entered) next[entered] += 1;
  return next;
}
