import { costOf } from '../protocol/prices.ts';
import type { Caps, RunCaps } from '../protocol/run.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';

/** What a run, a phase or an agent has used. */
export interface Spending {
  readonly outputTokens: number;
  /** Null as soon as one reply came from a model without a known price. */
  readonly usd: number | null;
  /** Asked for and not answered from the journal. */
  readonly agents: number;
  /** On the wall, without pauses. */
  readonly ms: number;
}

/** What a budget in words is of. */
export type Spent = Pick<Spending, 'outputTokens' | 'usd'>;

/** What earlier attempts of a run have used. */
export interface SpentBefore extends Spending {
  /** By title. */
  readonly phases: ReadonlyMap<string, Spending>;
  /** Of each agent, since one that was interrupted goes on within its own caps. */
  readonly byAgent: ReadonlyMap<string, Spending>;
  /** The run's caps as they were last; null: it has not been started. */
  readonly caps: RunCaps | null;
}

/** Output tokens of a reply that was cut off: far less than most may have, or every stop would eat up the cap. */
export const LEAST_REPLY = 256;

export const NOTHING_SPENT: Spending = { outputTokens: 0, usd: 0, agents: 0, ms: 0 };
export const NEVER_STARTED: SpentBefore = {
  ...NOTHING_SPENT,
  phases: new Map(),
  byAgent: new Map(),
  caps: null,
};

/** What is read of the events that tell what was spent; an `Event` is one as well. */
export type SpendingEvent = { readonly at: number } &
  /** Older logs name a cap in output tokens alone. */
  (
    | { readonly type: 'run.started'; readonly caps?: RunCaps | undefined; readonly budget?: number | null | undefined }
    | { readonly type: 'run.changed'; readonly caps: Caps }
    | { readonly type: 'run.ended' }
    | { readonly type: 'run.paused' | 'run.continued' }
    | {
        readonly type: 'agent.queued';
        readonly agentId: string;
        readonly phase: string | null;
        readonly model: string;
        /** Whoever started it: what it uses is used of that one's caps too. */
        readonly parent?: string | undefined;
      }
    | { readonly type: 'agent.started'; readonly agentId: string }
    | { readonly type: 'agent.ended'; readonly agentId: string }
    | {
        readonly type: 'agent.replied' | 'agent.charged';
        readonly agentId: string;
        readonly model: string;
        readonly usage: Usage;
      }
  );

const TELLING: ReadonlySet<string> = new Set<SpendingEvent['type']>([
  ...(['run.started', 'run.changed', 'run.ended', 'run.paused', 'run.continued'] as const),
  ...(['agent.queued', 'agent.started', 'agent.ended', 'agent.replied', 'agent.charged'] as const),
]);

export function tellsSpending<E extends { readonly type: string }>(event: E): event is E & SpendingEvent {
  return TELLING.has(event.type);
}

interface Known {
  readonly phase: string | null;
  readonly model: string;
  readonly parent?: string | undefined;
}

/** Sums up a run's log, event by event, so that a resume counts on (W35). An attempt that was cut short ends with its last one. */
export class SpendingSoFar {
  readonly #run = new Sum();
  readonly #phases = new Map<string, Sum>();
  readonly #agents = new Map<string, Known>();
  readonly #counted = new Set<string>();
  readonly #byAgent = new Map<string, Sum>();
  /** Those that have begun and not ended. */
  readonly #underWay = new Set<string>();
  #replies = 0;
  #caps: RunCaps | null = null;
  #lastAt = 0;

  take(event: SpendingEvent): void {
    switch (event.type) {
      case 'run.started':
        this.#cutOff();
        this.#haltAll(this.#lastAt);
        this.#caps = event.caps ?? (typeof event.budget === 'number' ? { outputTokens: event.budget } : {});
        this.#run.go(event.at);
        break;
      case 'run.changed': {
        const perAgent = this.#caps?.perAgent;
        this.#caps = { ...event.caps, ...(perAgent ? { perAgent } : {}) };
        break;
      }
      case 'run.ended':
        this.#underWay.clear();
        this.#haltAll(event.at);
        break;
      case 'run.paused':
        for (const sum of this.#sums()) sum.pause(event.at);
        break;
      case 'run.continued':
        for (const sum of this.#sums()) sum.unpause(event.at);
        break;
      case 'agent.queued':
        this.#queued(event, event.at);
        break;
      case 'agent.started':
        this.#underWay.add(event.agentId);
        this.#ofAgent(event.agentId).begin(event.agentId, event.at);
        break;
      case 'agent.ended':
        this.#underWay.delete(event.agentId);
        this.#ofAgent(event.agentId).end(event.agentId, event.at);
        this.#ended(event.agentId, event.at);
        break;
      case 'agent.replied':
        this.#replies += 1;
        this.#paid(event.agentId, event.model, event.usage);
        break;
      case 'agent.charged':
        this.#paid(event.agentId, event.model, event.usage);
    }
    this.#lastAt = event.at;
  }

  get total(): SpentBefore {
    const until = (sums: ReadonlyMap<string, Sum>): ReadonlyMap<string, Spending> =>
      new Map([...sums].map(([name, sum]) => [name, sum.until(this.#lastAt)]));
    return {
      ...this.#run.until(this.#lastAt),
      phases: until(this.#phases),
      byAgent: until(this.#byAgent),
      caps: this.#caps,
    };
  }

  /** The log is over: with an estimate of what was under way where its process died without a word. */
  ended(): SpentBefore {
    this.#cutOff();
    return this.total;
  }

  /**
   * A request of each agent that was under way has cost something that no log tells: a mean reply is counted for it, and
   * the least that one is worth where nothing has been answered yet.
   */
  #cutOff(): void {
    const cut = [...this.#underWay];
    this.#underWay.clear();
    const { outputTokens, usd } = this.#run.until(this.#lastAt);
    for (const agentId of cut) {
      if (this.#replies === 0) this.#paid(agentId, '', { ...NO_USAGE, outputTokens: LEAST_REPLY });
      else
        for (const sum of this.#over(agentId))
          sum.pay(Math.ceil(outputTokens / this.#replies), usd === null ? null : usd / this.#replies);
    }
  }

  #ofAgent(agentId: string): Sum {
    const known = this.#byAgent.get(agentId);
    if (known) return known;
    const sum = new Sum();
    this.#byAgent.set(agentId, sum);
    return sum;
  }

  #queued({ agentId, phase, model, parent }: Known & { readonly agentId: string }, at: number): void {
    this.#agents.set(agentId, { phase, model, parent });
    this.#phase(phase)?.begin(agentId, at);
    if (this.#counted.has(agentId)) return;
    this.#counted.add(agentId);
    for (const sum of this.#over(agentId)) sum.agents += 1;
  }

  #ended(agentId: string, at: number): void {
    const phase = this.#phase(this.#agents.get(agentId)?.phase ?? null);
    phase?.end(agentId, at);
  }

  #paid(agentId: string, model: string, usage: Usage): void {
    const asked = this.#agents.get(agentId)?.model;
    const usd = costOf(usage, model) ?? (asked === undefined ? null : costOf(usage, asked));
    for (const sum of this.#over(agentId)) sum.pay(usage.outputTokens, usd);
  }

  #haltAll(at: number): void {
    for (const sum of this.#sums()) sum.halt(at);
  }

  #sums(): readonly Sum[] {
    return [this.#run, ...this.#phases.values(), ...this.#byAgent.values()];
  }

  #over(agentId: string): readonly Sum[] {
    const phase = this.#phase(this.#agents.get(agentId)?.phase ?? null);
    const line = new Set<string>();
    for (let id: string | undefined = agentId; id !== undefined && !line.has(id);) {
      line.add(id);
      id = this.#agents.get(id)?.parent;
    }
    return [this.#run, ...(phase ? [phase] : []), ...[...line].map((id) => this.#ofAgent(id))];
  }

  #phase(title: string | null): Sum | null {
    if (title === null) return null;
    const known = this.#phases.get(title);
    if (known) return known;
    const sum = new Sum();
    this.#phases.set(title, sum);
    return sum;
  }
}

/** A run goes from its start to its end, a phase while any of its agents is under way. */
class Sum {
  agents = 0;
  #outputTokens = 0;
  #usd: number | null = 0;
  #ms = 0;
  #goes = false;
  /** Since when it goes; null: it stands, or is paused. */
  #since: number | null = null;
  #paused = false;
  readonly #open = new Set<string>();

  pay(outputTokens: number, usd: number | null): void {
    this.#outputTokens += outputTokens;
    this.#usd = usd === null || this.#usd === null ? null : this.#usd + usd;
  }

  go(at: number): void {
    this.#goes = true;
    if (!this.#paused) this.#since ??= at;
  }

  begin(agentId: string, at: number): void {
    this.#open.add(agentId);
    this.go(at);
  }

  end(agentId: string, at: number): void {
    this.#open.delete(agentId);
    if (this.#open.size === 0) this.#stop(at);
  }

  pause(at: number): void {
    this.#count(at);
    this.#paused = true;
  }

  unpause(at: number): void {
    this.#paused = false;
    if (this.#goes) this.#since ??= at;
  }

  halt(at: number): void {
    this.#stop(at);
    this.#open.clear();
    this.#paused = false;
  }

  until(at: number): Spending {
    const ms = this.#ms + (this.#since === null ? 0 : at - this.#since);
    return { outputTokens: this.#outputTokens, usd: this.#usd, agents: this.agents, ms };
  }

  #stop(at: number): void {
    this.#count(at);
    this.#goes = false;
  }

  #count(at: number): void {
    if (this.#since !== null) this.#ms += at - this.#since;
    this.#since = null;
  }
}
