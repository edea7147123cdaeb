import type { Json } from '../../protocol/json.ts';
import { isJsonObject } from '../../protocol/json.ts';
import type { AgentKind, Event } from '../../protocol/messages.ts';
import type { Usage } from '../../protocol/usage.ts';
import { addUsage, NO_USAGE } from '../../protocol/usage.ts';
import type { JournalEntry } from '../journal.ts';

/** An agent of a past run that answered, and what it used. */
interface PastAgent {
  readonly kind: AgentKind;
  readonly phase: string | null;
  readonly requests: number;
  readonly usage: Usage;
  /** From its slot to its end. */
  readonly ms: number;
}

/** What was once at one place of the answers of one phase. */
export interface Observed {
  readonly lengths: readonly number[];
  readonly flags: readonly boolean[];
  /** Short texts, such as the members of an enum. */
  readonly words: readonly string[];
}

/** What a rehearsal wants to know of an earlier run of the same workflow. */
export interface PastRun {
  readonly runId: string;
  readonly agents: readonly PastAgent[];
  /** By phase and place, see `observedKey`. */
  readonly observed: ReadonlyMap<string, Observed>;
}

/** `path` as `Choices` of made-up answers names places: `$.items[].done`. */
export function observedKey(phase: string | null, path: string): string {
  return JSON.stringify([phase, path]);
}

/** Null for a run in which no agent has answered a model's reply: nothing can be learnt from it. */
export function pastRun(runId: string, events: readonly Event[], journal: readonly JournalEntry[]): PastRun | null {
  const agents = agentsIn(events);
  const finished = [...agents.values()].filter(({ done, requests }) => done && requests > 0);
  if (finished.length === 0) return null;
  const observed = new Map<string, MutableObserved>();
  for (const { kind, agentId, value } of journal) {
    const agent = agents.get(agentId);
    if (kind === 'agent' && agent) observe(observed, agent.phase, '$', value);
  }
  return { runId, agents: finished.map(({ done: _, startedAt: __, ...agent }) => agent), observed };
}

interface Told extends PastAgent {
  readonly done: boolean;
  readonly startedAt: number;
}

function agentsIn(events: readonly Event[]): ReadonlyMap<string, Told> {
  const agents = new Map<string, Told>();
  const change = (agentId: string, how: (agent: Told) => Partial<Told>): void => {
    const agent = agents.get(agentId);
    if (agent) agents.set(agentId, { ...agent, ...how(agent) });
  };
  /** What an agent had others do, it did itself as far as a rehearsal goes: their first parent. */
  const behind = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'agent.queued' && event.parent !== undefined)
      behind.set(event.agentId, behind.get(event.parent) ?? event.parent);
    else if (event.type === 'agent.queued' && !agents.has(event.agentId)) {
      const { kind, phase, agentId } = event;
      agents.set(agentId, { kind, phase, requests: 0, usage: NO_USAGE, ms: 0, done: false, startedAt: event.at });
    }
    if (event.type === 'agent.started') change(event.agentId, () => ({ startedAt: event.at }));
    if (event.type === 'agent.replied')
      change(behind.get(event.agentId) ?? event.agentId, ({ requests, usage }) => ({
        requests: requests + 1,
        usage: addUsage(usage, event.usage),
      }));
    if (event.type === 'agent.ended' && !event.fromJournal)
      change(event.agentId, ({ startedAt }) => ({ ms: event.at - startedAt, done: event.end.kind === 'done' }));
  }
  return agents;
}

interface MutableObserved extends Observed {
  readonly lengths: number[];
  readonly flags: boolean[];
  readonly words: string[];
}

/** More of one place say nothing new. */
const MOST = 500;
const WORD_CHARS = 40;

function observe(all: Map<string, MutableObserved>, phase: string | null, path: string, value: Json): void {
  const key = observedKey(phase, path);
  const seen = all.get(key) ?? { lengths: [], flags: [], words: [] };
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    add(seen.lengths, items.length);
    for (const item of items) observe(all, phase, `${path}[]`, item);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) observe(all, phase, `${path}.${name}`, member);
    return;
  } else if (typeof value === 'boolean') add(seen.flags, value);
  else if (typeof value === 'string' && value.length <= WORD_CHARS) add(seen.words, value);
  else return;
  all.set(key, seen);
}

function add<T>(list: T[], value: T): void {
  if (list.length < MOST) list.push(value);
}
