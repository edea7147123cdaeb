import { assertNever } from '../base/assertNever.ts';
import type { Event } from '../protocol/messages.ts';
import { costOf } from '../protocol/prices.ts';
import { addUsage } from '../protocol/usage.ts';
import { agentOf, mapAgents } from './agentTable.ts';
import { changeAgent, endAgent, interrupted, queueAgent } from './reduceAgent.ts';
import { questionsAfter } from './reduceQuestions.ts';
import { overlapWords } from './overlapWords.ts';
import { pausedMsOf } from './select.ts';
import { type AgentNode, NO_COUNTS, type ChangeState, type LogLine, type RunState } from './state.ts';

const LOG_LINES = 200;
const NOT_ENDED = { endedAt: null, exitCode: null, path: null, fromJournal: false };

type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;

/** State after one more event. One that is in it already changes nothing, so that overlapping replays do no harm. */
export function reduce(state: RunState, event: Event): RunState {
  if (event.seq <= state.seq) return state;
  return { ...apply(state, event), seq: event.seq, at: event.at };
}

/** State after a batch, in order. */
export function fold(state: RunState, events: readonly Event[]): RunState {
  return events.reduce(reduce, state);
}

function apply(state: RunState, event: Event): RunState {
  switch (event.type) {
    case 'run.started':
      return start(state, event);
    case 'run.ended':
      return end(state, event);
    case 'run.paused': {
      const { reason, message, until, at } = event;
      return { ...state, pausedMs: pausedMsOf(state, at), paused: { reason, message, until, since: at } };
    }
    case 'run.continued':
      return { ...state, pausedMs: pausedMsOf(state, event.at), paused: null };
    case 'run.changed':
      return { ...state, head: state.head && changedHead(state.head, event) };
    case 'phase.entered':
      return { ...state, currentPhase: event.title, phases: withPhase(state, event.title) };
    case 'logged':
      return log(state, { at: event.at, level: event.level, message: event.message });
    case 'agent.queued':
      return queueAgent({ ...state, phases: withPhase(state, event.phase) }, event);
    case 'agent.started':
      return started(state, event);
    case 'worktree.leased':
      return changeAgent(state, event.agentId, () => ({ worktree: event.path }));
    case 'agent.replied':
      return replied(state, event);
    case 'agent.charged':
      return event.estimated ? state : charged(state, event);
    case 'agent.retried':
      return changeAgent(state, event.agentId, () => ({
        waiting: { on: 'limiter', message: event.message, until: event.at + event.delayMs },
      }));
    case 'agent.waiting': {
      const { on, message } = event;
      return changeAgent(state, event.agentId, () => ({ waiting: on === null ? null : { on, message, until: null } }));
    }
    case 'agent.restarted':
      return changeAgent(state, event.agentId, (agent) => ({ restarts: agent.restarts + 1, tools: [], waiting: null }));
    case 'agent.steered':
      return log(state, {
        at: event.at,
        level: 'info',
        message: `Told ${labelOf(state, event.agentId)}: ${event.message}`,
      });
    case 'tool.started': {
      const { callId, tool, summary } = event;
      return changeAgent(state, event.agentId, ({ tools }) => ({ tools: [...tools, { callId, tool, summary }] }));
    }
    case 'tool.ended':
      return changeAgent(state, event.agentId, ({ tools }) => ({
        tools: tools.filter((tool) => tool.callId !== event.callId),
      }));
    case 'agent.ended':
      return endAgent(state, event);
    case 'change.committed':
    case 'change.empty':
      return withChange(state, event.change.id, (known) => ({
        review: null,
        refuted: [],
        landing: null,
        ...known,
        change: event.change,
      }));
    case 'change.reviewed':
      return withChange(
        state,
        event.changeId,
        (known) => known && { ...known, review: event.review, refuted: event.refuted },
      );
    case 'change.landed':
      return withChange(
        { ...state, phases: landedIn(withPhase(state, event.phase), event.phase) },
        event.changeId,
        (known) => known && { ...known, landing: event.landing },
      );
    case 'paths.overlapped':
      return log(state, { at: event.at, level: 'warning', message: overlapWords(event, (id) => labelOf(state, id)) });
    case 'permission.asked':
    case 'permission.joined':
    case 'permission.withdrawn':
    case 'permission.answered':
      return { ...state, questions: questionsAfter(state.questions, event) };
    case 'question.asked': {
      const { requestId, question, agentId = null, phase, choices = [], at } = event;
      const otherwise = event.default === undefined ? {} : { default: event.default };
      const asked = { requestId, question, agentId, phase, choices, ...otherwise, askedAt: at };
      return { ...state, asked: [...state.asked, asked] };
    }
    case 'question.answered':
      return { ...state, asked: state.asked.filter((open) => open.requestId !== event.requestId) };
    case 'check.started': {
      const { checkId, command, label, phase, changeId, at } = event;
      const check = { checkId, command, label, phase, changeId, startedAt: at };
      return { ...state, checks: [...state.checks, { ...check, ...NOT_ENDED }] };
    }
    case 'check.ended': {
      const { checkId, exitCode, path, fromJournal, at } = event;
      const end = { endedAt: at, exitCode, path, fromJournal };
      return { ...state, checks: state.checks.map((one) => (one.checkId === checkId ? { ...one, ...end } : one)) };
    }
    case 'refused':
      return log(state, { at: event.at, level: 'warning', message: event.error });
    // What is said in a session is a state of its own: see `session.ts`.
    case 'turn.asked':
    case 'turn.started':
    case 'turn.said':
    case 'turn.ended':
    case 'workflow.launched':
    case 'workflow.ended':
    case 'session.told':
    case 'session.changed':
    case 'goal.set':
    case 'goal.ended':
    case 'loop.set':
    case 'loop.ended':
      return state;
    default:
      return assertNever(event);
  }
}

/** A launch, or one more attempt: it asks for its agents again, those it finds in its journal keep what they did. */
function start(state: RunState, event: EventOf<'run.started'>): RunState {
  const { workflowName, description, scriptPath, cwd, base, model, permissionMode, concurrency, caps } = event;
  const cutShort = state.status === 'running' ? Math.max(0, state.at - state.attemptStartedAt) : 0;
  return {
    ...state,
    status: 'running',
    head: { workflowName, description, scriptPath, cwd, base, model, permissionMode, concurrency, caps },
    attempt: event.attempt,
    createdAt: state.head ? state.createdAt : event.at,
    attemptStartedAt: event.at,
    endedAt: null,
    phases: event.phases.map(({ title, detail }) => ({ title, detail: detail ?? null, agentIds: [], landings: 0 })),
    currentPhase: null,
    agents: mapAgents(state.agents, (agent) => interrupted(agent, event.at)),
    counts: NO_COUNTS,
    totals: { ...state.totals, endedMs: state.totals.endedMs + cutShort },
    questions: [],
    asked: [],
    checks: [],
    pausedMs: pausedMsOf(state, state.at),
    paused: null,
    end: null,
    census: null,
  };
}

function end(state: RunState, event: EventOf<'run.ended'>): RunState {
  const { queued, running, ...rest } = state.counts;
  const ms = Math.max(0, event.at - state.attemptStartedAt);
  return {
    ...state,
    status: event.end.status,
    end: event.end,
    census: event.census ?? null,
    endedAt: event.at,
    agents: queued + running === 0 ? state.agents : mapAgents(state.agents, (agent) => interrupted(agent, event.at)),
    counts: { ...rest, queued: 0, running: 0, interrupted: rest.interrupted + queued + running },
    totals: { ...state.totals, endedMs: state.totals.endedMs + ms },
    questions: [],
    asked: [],
    pausedMs: pausedMsOf(state, event.at),
    paused: null,
  };
}

function started(state: RunState, event: EventOf<'agent.started'>): RunState {
  const known = agentOf(state.agents, event.agentId);
  if (!known) return state;
  const after = changeAgent(state, event.agentId, () => ({ status: 'running', startedAt: event.at, endedAt: null }));
  // One that begins anew, or goes on in a later attempt, is no agent more.
  if (known.startedAt !== null) return after;
  return { ...after, totals: { ...after.totals, agents: after.totals.agents + 1 } };
}

function replied(state: RunState, event: EventOf<'agent.replied'>): RunState {
  return charged(state, event, ({ preview }) => ({
    model: event.model,
    preview: event.text === '' ? preview : event.text,
    waiting: null,
  }));
}

function changedHead(head: NonNullable<RunState['head']>, { concurrency, caps }: EventOf<'run.changed'>) {
  const { perAgent } = head.caps;
  return { ...head, concurrency, caps: { ...caps, ...(perAgent ? { perAgent } : {}) } };
}

/** One more request is paid; `more` is what it changes besides. */
function charged(
  state: RunState,
  event: EventOf<'agent.replied' | 'agent.charged'>,
  more: (agent: AgentNode) => Partial<AgentNode> = () => ({}),
): RunState {
  const cost = costOf(event.usage, event.model);
  const paid = (usd: number | null): number | null => (usd === null || cost === null ? null : usd + cost);
  const after = changeAgent(state, event.agentId, (agent) => ({
    usage: addUsage(agent.usage, event.usage),
    usd: paid(agent.usd),
    requests: agent.requests + 1,
    ...more(agent),
  }));
  const { totals } = state;
  const summed = { ...totals, ...addUsage(totals, event.usage), usd: paid(totals.usd), requests: totals.requests + 1 };
  return { ...after, totals: summed };
}

function withPhase(state: RunState, title: string | null): RunState['phases'] {
  if (state.phases.some((phase) => phase.title === title)) return state.phases;
  return [...state.phases, { title, detail: null, agentIds: [], landings: 0 }];
}

function withChange(
  state: RunState,
  id: string,
  change: (known: ChangeState | undefined) => ChangeState | undefined,
): RunState {
  const at = state.changes.findIndex((known) => known.change.id === id);
  const changed = change(state.changes[at]);
  if (!changed) return state;
  return { ...state, changes: at < 0 ? [...state.changes, changed] : state.changes.with(at, changed) };
}

function log(state: RunState, line: LogLine): RunState {
  return { ...state, log: [...state.log.slice(1 - LOG_LINES), line] };
}

function labelOf(state: RunState, agentId: string): string {
  return agentOf(state.agents, agentId)?.label ?? agentId;
}

function landedIn(phases: RunState['phases'], title: string | null): RunState['phases'] {
  return phases.map((phase) => (phase.title === title ? { ...phase, landings: phase.landings + 1 } : phase));
}
