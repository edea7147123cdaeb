import type { Effort } from '../../engine/model.ts';
import type { Event } from '../../protocol/messages.ts';
import type { RunEnd } from '../../protocol/run.ts';
import type { Access, AgentNeeds } from './figures.ts';
import type { Scenario } from './scenario.ts';
import type { VirtualClock } from './virtualClock.ts';

export interface TracedAgent extends AgentNeeds {
  readonly agentId: string;
  readonly label: string;
  readonly model: string;
  /** The agent whose answer led to it. */
  readonly parent: string | null;
  /** 1 for an agent that waits for no other. */
  readonly depth: number;
  /** The schema of its answer as text; null while it is not known, and for plain text. */
  readonly schema: string | null;
  readonly died: boolean;
}

/** Why a play was not played to its end. */
export type GaveUp = 'endless' | 'restless' | 'time';

/** What happened in one play of a script. */
export interface Trace {
  readonly scenario: Scenario;
  readonly agents: readonly TracedAgent[];
  /** Titles of all phases in which anything happened, or that were entered. */
  readonly phases: ReadonlySet<string>;
  /** The largest group of agents that one step asked for, where it was more than one. */
  readonly widest: { readonly agents: number; readonly phase: string | null } | null;
  /** On the virtual clock. */
  readonly ms: number;
  readonly end: RunEnd | null;
  readonly gaveUp: GaveUp | null;
  /** Labels of agents for whose schema no answer could be made up. */
  readonly unanswered: readonly string[];
}

/** Of a prompt in its event, the ellipsis left out. */
const PROMPT_HEAD = 299;

/** What a first request tells of its agent. */
export interface Asked {
  readonly access: Access;
  readonly effort: Effort | null;
  readonly promptTokens: number;
  readonly schema: string | null;
  readonly dies: boolean;
}

/** Listens to a play and keeps what an estimate needs. */
export class TraceRecorder {
  readonly #clock: VirtualClock;
  readonly #agents = new Map<string, TracedAgent>();
  readonly #byPrompt = new Map<string, string[]>();
  readonly #phases = new Set<string>();
  readonly #groups = new Map<string, { agents: number; readonly phase: string | null }>();
  readonly #unanswered = new Set<string>();
  #deepest = 0;
  #end: RunEnd | null = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get deepest(): number {
    return this.#deepest;
  }

  accept(event: Event): void {
    if ('phase' in event && event.phase !== null) this.#phases.add(event.phase);
    if (event.type === 'phase.entered') this.#phases.add(event.title);
    if (event.type === 'agent.queued') this.#queued(event);
    if (event.type === 'run.ended') this.#end = event.end;
  }

  /** The agent behind a conversation that begins so, whatever stands before its prompt; null when nobody asked for it. */
  agentAsked(opening: string): TracedAgent | null {
    const prompt = opening.slice(opening.indexOf('\n\n') + 2);
    const ids = this.#byPrompt.get(prompt) ?? this.#byPrompt.get(prompt.slice(0, PROMPT_HEAD)) ?? this.#search(opening);
    const next = ids.find((id) => this.#agents.get(id)?.replies === 0) ?? ids.at(-1);
    return next === undefined ? null : (this.#agents.get(next) ?? null);
  }

  #search(opening: string): readonly string[] {
    const heads = [...this.#byPrompt.keys()].filter((head) => opening.includes(head));
    const [longest] = heads.toSorted((a, b) => b.length - a.length);
    return longest === undefined ? [] : (this.#byPrompt.get(longest) ?? []);
  }

  agent(agentId: string): TracedAgent | undefined {
    return this.#agents.get(agentId);
  }

  asked(agentId: string, { dies, ...asked }: Asked): void {
    const agent = this.#agents.get(agentId);
    if (agent) this.#agents.set(agentId, { ...agent, ...asked, died: dies, replies: agent.replies + 1 });
  }

  unanswered(label: string): void {
    this.#unanswered.add(label);
  }

  /** The agents that led to this one, the nearest first. */
  *ancestors(agent: TracedAgent): Generator<TracedAgent> {
    for (let id = agent.parent; id !== null;) {
      const parent = this.#agents.get(id);
      if (!parent) return;
      yield parent;
      id = parent.parent;
    }
  }

  trace(scenario: Scenario, gaveUp: GaveUp | null): Trace {
    const groups = [...this.#groups.values()].toSorted((a, b) => b.agents - a.agents);
    return {
      scenario,
      agents: [...this.#agents.values()],
      phases: this.#phases,
      widest: groups[0] && groups[0].agents > 1 ? groups[0] : null,
      ms: this.#clock.now(),
      end: this.#end,
      gaveUp,
      unanswered: [...this.#unanswered],
    };
  }

  #queued(event: Extract<Event, { type: 'agent.queued' }>): void {
    const { agentId, kind, label, phase, model } = event;
    const parent = this.#clock.cause;
    const depth = (parent === null ? 0 : (this.#agents.get(parent)?.depth ?? 0)) + 1;
    this.#agents.set(agentId, {
      ...{ agentId, kind, label, phase, model, parent, depth, replies: 0, died: false },
      ...{ access: 'write', effort: null, promptTokens: 0, schema: null },
    });
    this.#deepest = Math.max(this.#deepest, depth);
    const head = event.prompt.length > PROMPT_HEAD ? event.prompt.slice(0, PROMPT_HEAD) : event.prompt;
    this.#byPrompt.set(head, [...(this.#byPrompt.get(head) ?? []), agentId]);
    const key = JSON.stringify([parent, phase]);
    const group = this.#groups.get(key) ?? { agents: 0, phase };
    group.agents += 1;
    this.#groups.set(key, group);
  }
}
