import { assertNever } from '../base/assertNever.ts';
import type { Event } from '../protocol/messages.ts';
import type { RunStatus } from '../protocol/run.ts';
import {
  SESSION_AGENT,
  type Goal,
  type Loop,
  type SessionSettings,
  type TurnEnd,
  type TurnSource,
} from '../protocol/session.ts';
import { questionsAfter } from './reduceQuestions.ts';
import type { AskedQuestion, PermissionQuestion } from './state.ts';

/** A tool call of the session's agent. */
export interface ToolCall {
  readonly kind: 'tool';
  readonly callId: string;
  readonly tool: string;
  readonly summary: string;
  /** Null while it runs, and where its session's process died meanwhile. */
  readonly ok: boolean | null;
  readonly ms: number | null;
}

/** What a turn consists of, in order. */
export type TurnItem =
  | { readonly kind: 'said'; readonly text: string }
  /** By the program itself. */
  | { readonly kind: 'told'; readonly text: string; readonly tone: Tone }
  /** A run that began here; how it stands is in `runs`. */
  | { readonly kind: 'run'; readonly runId: string }
  | ToolCall;

export type Tone = 'plain' | 'warning' | 'error';

export interface Turn {
  readonly kind: 'turn';
  readonly turnId: string;
  readonly by: TurnSource;
  /** As it was asked. */
  readonly text: string;
  readonly askedAt: number;
  readonly status: 'waiting' | 'working' | 'ended';
  readonly items: readonly TurnItem[];
  /** Null until it has ended. */
  readonly end: TurnEnd | null;
}

/** A turn, or what came to pass between turns; `seq` tells two such entries apart. */
export type SessionEntry = Turn | (Exclude<TurnItem, ToolCall> & { readonly seq: number });

/** A run that the session has started. */
export interface LaunchedRun {
  readonly runId: string;
  readonly workflowName: string;
  readonly title: string;
  readonly runDir: string;
  /** As far as the session has heard: a process that died tells nothing. */
  readonly status: Exclude<RunStatus, 'interrupted'>;
}

/** A session as its events tell it. Plain JSON; never changed in place. */
export interface SessionState {
  readonly sessionId: string;
  /** Number of the last event in it; 0 before the first. */
  readonly seq: number;
  /** It is open in some process; false before the first event and after it was closed. */
  readonly open: boolean;
  readonly model: string;
  readonly entries: readonly SessionEntry[];
  /** In the order of their launches. */
  readonly runs: readonly LaunchedRun[];
  /** The turn under way. */
  readonly working: string | null;
  /** Requests for permission, and questions, that nobody has answered yet. */
  readonly questions: readonly PermissionQuestion[];
  readonly asked: readonly AskedQuestion[];
  /** Names of agents, by id. */
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: SessionSettings;
  readonly goal: Goal | null;
  readonly loops: readonly Loop[];
}

export function initialSession(sessionId: string): SessionState {
  return {
    ...{ sessionId, seq: 0, open: false, model: '', entries: [], runs: [], working: null, questions: [], asked: [] },
    ...{ labels: {}, settings: {}, goal: null, loops: [] },
  };
}

/** A turn is under way, or one waits for its beginning. */
export function isBusy({ working, entries }: SessionState): boolean {
  return working !== null || entries.some((entry) => entry.kind === 'turn' && entry.status === 'waiting');
}

/** What a person has asked for so far, the oldest first. */
export function promptsOf({ entries }: SessionState): readonly string[] {
  return entries.flatMap((entry) => (entry.kind === 'turn' && entry.by === 'person' ? [entry.text] : []));
}

/** State after a batch, in order. */
export function foldSession(state: SessionState, events: readonly Event[]): SessionState {
  return events.reduce(reduceSession, state);
}

/** State after one more event. One that is in it already changes nothing. */
function reduceSession(state: SessionState, event: Event): SessionState {
  if (event.seq <= state.seq) return state;
  return { ...apply(state, event), seq: event.seq };
}

function apply(state: SessionState, event: Event): SessionState {
  switch (event.type) {
    case 'run.started':
      return { ...cutShort(state), open: true, model: event.model };
    case 'run.ended':
      return { ...cutShort(state), open: false };
    case 'turn.asked': {
      const { turnId, by, text, at } = event;
      const turn: Turn = { kind: 'turn', turnId, by, text, askedAt: at, status: 'waiting', items: [], end: null };
      return { ...state, entries: [...state.entries, turn] };
    }
    case 'turn.started':
      return { ...withTurn(state, event.turnId, () => ({ status: 'working' })), working: event.turnId };
    case 'turn.said':
      return withTurn(state, event.turnId, ({ items }) => ({ items: [...items, { kind: 'said', text: event.text }] }));
    case 'turn.ended': {
      const ended = withTurn(state, event.turnId, ({ items, end }) => ({
        ...{ status: 'ended', items: items.map(stopped), end: end ?? event.end },
      }));
      return { ...ended, working: null };
    }
    case 'tool.started': {
      if (event.agentId !== SESSION_AGENT) return state;
      const { callId, tool, summary } = event;
      return withItem(state, event.seq, { kind: 'tool', callId, tool, summary, ok: null, ms: null });
    }
    case 'tool.ended':
      return event.agentId === SESSION_AGENT ? toolEnded(state, event) : state;
    case 'session.told':
      return told(state, event.seq, event.text);
    case 'goal.ended':
      // One that a person clears has been answered already.
      return event.how === 'cleared'
        ? { ...state, goal: null }
        : told({ ...state, goal: null }, event.seq, `${GOAL_WORDS[event.how]}: ${event.why}`);
    case 'loop.ended': {
      const { loopId, how, seq } = event;
      const loops = state.loops.filter((loop) => loop.loopId !== loopId);
      return how === 'cancelled'
        ? { ...state, loops }
        : told({ ...state, loops }, seq, `The loop ${loopId} has ended${how === 'goal' ? ' with the goal' : ''}.`);
    }
    case 'logged':
      return event.level === 'info' ? state : told(state, event.seq, event.message, event.level);
    case 'refused':
      return told(state, event.seq, event.error, 'warning');
    case 'session.changed':
      return { ...state, settings: event.settings };
    case 'goal.set':
      return { ...state, goal: event.goal };
    case 'loop.set':
      return { ...state, loops: [...state.loops.filter(({ loopId }) => loopId !== event.loop.loopId), event.loop] };
    case 'workflow.launched':
      return launched(state, event);
    case 'workflow.ended':
      return { ...state, runs: state.runs.map((run) => (run.runId === event.launchedRunId ? ended(run, event) : run)) };
    case 'agent.queued':
      return { ...state, labels: { ...state.labels, [event.agentId]: event.label } };
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
    // What is told of a run in all detail, and of a session not at all.
    case 'run.paused':
    case 'run.continued':
    case 'run.changed':
    case 'phase.entered':
    case 'agent.started':
    case 'worktree.leased':
    case 'agent.replied':
    case 'agent.charged':
    case 'agent.waiting':
    case 'agent.restarted':
    case 'agent.steered':
    case 'agent.retried':
    case 'agent.ended':
    case 'change.committed':
    case 'change.empty':
    case 'paths.overlapped':
    case 'change.reviewed':
    case 'change.landed':
    case 'check.started':
    case 'check.ended':
      return state;
    default:
      return assertNever(event);
  }
}

type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;

/** As it stands once nobody has it open, whatever its log still says of that. */
export function closedSession(state: SessionState): SessionState {
  return state.open ? { ...cutShort(state), open: false } : state;
}

/** Its process has ended: what waited in it is gone, and so is what held for that opening alone. Its loops and its goal go on. */
function cutShort(state: SessionState): SessionState {
  const over = (entry: SessionEntry): SessionEntry =>
    entry.kind === 'turn' && entry.end === null
      ? { ...entry, status: 'ended', items: entry.items.map(stopped), end: { kind: 'interrupted' } }
      : entry;
  const rest = { working: null, questions: [], asked: [], settings: {} };
  return { ...state, entries: state.entries.map(over), ...rest };
}

/** A call that has not ended when its turn does never will. */
function stopped(item: TurnItem): TurnItem {
  return item.kind === 'tool' && item.ok === null ? { ...item, ok: false } : item;
}

function launched(state: SessionState, event: EventOf<'workflow.launched'>): SessionState {
  const { launchedRunId: runId, workflowName, title, runDir } = event;
  const run: LaunchedRun = { runId, workflowName, title, runDir, status: 'running' };
  const runs = [...state.runs.filter((known) => known.runId !== runId), run];
  return withItem({ ...state, runs }, event.seq, { kind: 'run', runId });
}

function ended(run: LaunchedRun, { status }: EventOf<'workflow.ended'>): LaunchedRun {
  return status === 'interrupted' ? run : { ...run, status };
}

const GOAL_WORDS = {
  met: 'The goal is met',
  impossible: 'The goal cannot be met',
  'no-progress': 'The goal is given up, since nothing moves',
} as const;

function told(state: SessionState, seq: number, text: string, tone: Tone = 'plain'): SessionState {
  return withItem(state, seq, { kind: 'told', text, tone });
}

/** Into the turn under way, else between the turns. */
function withItem(state: SessionState, seq: number, item: TurnItem): SessionState {
  if (state.working !== null) return withTurn(state, state.working, ({ items }) => ({ items: [...items, item] }));
  return item.kind === 'tool' ? state : { ...state, entries: [...state.entries, { ...item, seq }] };
}

function toolEnded(state: SessionState, { callId, ok, ms }: EventOf<'tool.ended'>): SessionState {
  if (state.working === null) return state;
  return withTurn(state, state.working, ({ items }) => ({
    items: items.map((item) => (item.kind === 'tool' && item.callId === callId ? { ...item, ok, ms } : item)),
  }));
}

function withTurn(state: SessionState, turnId: string, change: (turn: Turn) => Partial<Turn>): SessionState {
  const at = state.entries.findLastIndex((entry) => entry.kind === 'turn' && entry.turnId === turnId);
  const turn = state.entries[at];
  if (turn?.kind !== 'turn') return state;
  return { ...state, entries: state.entries.with(at, { ...turn, ...change(turn) }) };
}

/** With such an event the reply under way is over, or begins anew: what was streamed of it counts no more. */
export function endsReply(event: Event): boolean {
  switch (event.type) {
    case 'turn.started':
    case 'turn.said':
    case 'turn.ended':
    case 'run.ended':
      return true;
    case 'agent.retried':
    case 'agent.restarted':
      return event.agentId === SESSION_AGENT;
    default:
      return false;
  }
}
