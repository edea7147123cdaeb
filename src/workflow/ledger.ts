import { isAbort } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Model, ModelFailure } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';
import type { CapChanges } from '../protocol/messages.ts';
import { ceilingOf, costOf } from '../protocol/prices.ts';
import { CAP_NAMES, MAX_AGENTS, type AgentCaps, type Caps, type RunCaps } from '../protocol/run.ts';
import { Account, inDollars, inNanoDollars, MS_A_MINUTE } from './account.ts';
import type { BudgetError } from './budget.ts';
import { budgeted, type HeldBack, type Charge } from './budgetedModel.ts';
import { amount, unpriced } from './capWords.ts';
import { Grants, type Prices } from './grants.ts';
import { NOTHING_SPENT, type Spending, type SpentBefore } from './spending.ts';
import { Stopwatch } from './stopwatch.ts';

export interface LedgerDeps {
  readonly clock: Clock;
  /** Milliseconds that the run has stood still so far. */
  readonly pausedMs: () => number;
  /** How many agents may want something now: those that work, and those of the waiting that could. */
  readonly sharers: () => number;
  /**
   * Of the limit that a run has to which nobody gave one. `warn`: once, when most of it is used. `reached`: nothing is
   * sent any more until the run gets a cap of its own, or more of the same by `extendSafety`.
   */
  readonly onSafety: (kind: 'warn' | 'reached', message: string) => void;
  /** The run's minutes were up a while ago, and its script has not ended. */
  readonly onOvertime: (error: BudgetError) => void;
  readonly prices?: Prices;
}

export interface LedgerStart {
  readonly caps: RunCaps;
  /** By title. */
  readonly phaseCaps: ReadonlyMap<string, Caps>;
  /** What earlier attempts have used. */
  readonly before: Omit<SpentBefore, 'caps'>;
  /** Output tokens that this attempt may use while nobody gave the run a cap in tokens or money; null: any number. */
  readonly safetyTokens: number | null;
}

/** An agent from its call to its end. */
export interface Seat extends Disposable {
  /** It has got its slot: its own minutes run from here. */
  started(): void;
}

export interface SeatStart {
  readonly agentId: string;
  readonly phase: string | null;
  readonly caps?: AgentCaps | undefined;
  /** It was counted in an earlier attempt; what it used there counts against its own caps too. */
  readonly goesOn?: boolean;
  /** The agent that started it: what it uses counts against that one's own caps too. */
  readonly parentId?: string;
  /** Minutes of the agent, its phase or the run are up: it has to end with this error. */
  readonly onTimeUp: (error: BudgetError) => void;
}

/** What an agent's requests tell besides their replies. */
export interface BoundListener {
  /** Something was paid that brought no answer. */
  readonly onCharge: (charge: Charge) => void;
  /** It waits for what others hold of a cap, or for a person to raise one; false: no longer. */
  readonly onWaiting: (waits: boolean) => void;
}

interface Phase {
  readonly account: Account;
  /** Its agents that have not ended. */
  readonly seats: Set<SeatStart>;
}

/** A script whose agents were all ended may still put together what there is. */
const OVERTIME_MS = 60_000;
const WARN_AT = 0.8;

/**
 * What a run may use and has used (W35, W38): output tokens, money, agents and minutes, of the run, of each phase and of
 * each agent. A request gets a grant of every cap over it at once, before it is sent, and the service is told to stop
 * there: none is ever passed, however many agents ask. A request that the run's own end cuts
 * off counts with an estimate of what it had used.
 */
export class Ledger implements Disposable {
  readonly #deps: LedgerDeps;
  readonly #start: LedgerStart;
  readonly #grants: Grants;
  readonly #run: Account;
  readonly #phases = new Map<string, Phase>();
  readonly #seats = new Map<string, { readonly start: SeatStart; readonly accounts: readonly Account[] }>();
  readonly #ended = new AbortController();
  #caps: RunCaps;
  /** Counts the same tokens as the run's account, against a limit that the script does not see. */
  #safety: Account | null = null;
  #warned = false;
  #stopped = false;

  constructor(deps: LedgerDeps, start: LedgerStart) {
    this.#deps = deps;
    this.#start = start;
    this.#caps = start.caps;
    this.#grants = new Grants(deps.prices ?? { costOf, ceilingOf }, () => this.#warn());
    const { caps, before } = start;
    const time = this.#stopwatch(caps.minutes, before.ms, () => this.#runIsOver());
    const own = { ...caps, agents: caps.agents ?? MAX_AGENTS };
    this.#run = new Account({ kind: 'run' }, own, before, time, deps.sharers);
    this.#newSafety();
    this.addPhases(start.phaseCaps);
  }

  /** The run's clock goes. */
  start(): void {
    this.#run.time.start();
  }

  dispose(): void {
    this.#ended.abort();
    this.#run.dispose();
    for (const { account } of this.#phases.values()) account.dispose();
  }

  /** As they hold now. */
  get caps(): RunCaps {
    return this.#caps;
  }

  /** The run's cap in output tokens, for the script. */
  get total(): number | null {
    return this.#run.tokens.cap;
  }

  /** Over all attempts. */
  get spent(): Spending {
    const { tokens, money, agents, time } = this.#run;
    const usd = this.#unpriced === null ? inDollars(money.spent) : null;
    return { outputTokens: tokens.spent, usd, agents: agents.spent, ms: time.elapsedMs };
  }

  /** The error that a call of this phase gets once a cap over it is reached, else null. */
  exceeded(phase: string | null): BudgetError | null {
    return this.#phaseOf(phase)?.account.exceeded() ?? this.#run.exceeded();
  }

  /** The error once the minutes of the run, or of this phase, are up, else null. */
  timeUp(phase: string | null = null): BudgetError | null {
    const above = [this.#phaseOf(phase)?.account, this.#run];
    return above.find((account) => account?.time.isUp === true)?.reached('minutes') ?? null;
  }

  /** The safety limit is reached, and nothing is sent until a person decides. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Of a nested workflow, say. A phase that has caps keeps them. */
  addPhases(phaseCaps: ReadonlyMap<string, Caps>): void {
    for (const [title, caps] of phaseCaps) {
      if (this.#phases.has(title)) continue;
      const seats = new Set<SeatStart>();
      const before = this.#start.before.phases.get(title) ?? NOTHING_SPENT;
      const time = this.#stopwatch(caps.minutes, before.ms, () => {
        for (const seat of [...seats]) seat.onTimeUp(account.reached('minutes'));
      });
      const sharers = (): number => Math.min(this.#deps.sharers(), seats.size);
      const account = new Account({ kind: 'phase', title }, caps, before, time, sharers);
      this.#phases.set(title, { account, seats });
    }
  }

  /** One more agent, from its call on until the seat is disposed. Throws BudgetError when no more may start. */
  enter(start: SeatStart): Seat {
    const phase = this.#phaseOf(start.phase);
    const above = [...(phase ? [phase.account] : []), this.#run];
    const outer = (start.parentId === undefined ? null : this.#seats.get(start.parentId)?.accounts) ?? above;
    const over = outer.find((account) => account.agents.reached);
    if (over && start.goesOn !== true) throw over.reached('agents');
    const own = tightest(this.#caps.perAgent ?? {}, start.caps ?? {});
    const before = (start.goesOn === true ? this.#start.before.byAgent.get(start.agentId) : null) ?? NOTHING_SPENT;
    const time = this.#stopwatch(own.minutes, before.ms, () => start.onTimeUp(agent.reached('minutes')));
    const agent = new Account({ kind: 'agent' }, own, before, time, () => 1);
    if (start.goesOn !== true) for (const account of outer) account.agents.spend(1);
    this.#seats.set(start.agentId, { start, accounts: [agent, ...outer] });
    phase?.seats.add(start);
    phase?.account.time.start();
    return {
      started: () => agent.time.start(),
      dispose: () => {
        agent.dispose();
        this.#seats.delete(start.agentId);
        phase?.seats.delete(start);
        if (phase?.seats.size === 0) phase.account.time.stop();
      },
    };
  }

  /**
   * The model as one agent asks it, within every cap over it. `limit` puts retries over what it is given, below which each
   * attempt is paid.
   */
  bind(
    { agentId, kind }: { readonly agentId: string; readonly kind: string },
    limit: (through: (model: HeldBack) => Model) => Model,
    { onCharge, onWaiting }: BoundListener,
  ): Model {
    const own = this.#seats.get(agentId)?.accounts ?? [this.#run];
    const accounts = (): readonly Account[] => (this.#safety ? [...own, this.#safety] : own);
    const parked = new WeakSet<ModelFailure>();
    const limited = limit((model) =>
      budgeted(model, {
        grant: (request, moreThan, signal) =>
          this.#grants.ask({ accounts, kind, request, moreThan, onWaiting }, signal),
        onRefused: ({ refused, by }, failure) => {
          if (by.owner.kind !== 'safety') return;
          parked.add(failure);
          this.#reachSafety(by, refused.message);
        },
        onCharge,
        now: () => this.#deps.clock.now(),
      }),
    );
    return {
      reply: async (request, signal, onDelta) => {
        for (;;) {
          const reply = await limited.reply(request, signal, onDelta);
          if (reply.kind === 'replied' || !parked.has(reply)) return reply;
          // Above the limiter: a person may take hours, and its slots are for all runs.
          await this.#untilRaised(onWaiting, signal);
        }
      },
    };
  }

  /**
   * Changes what is named, null lifts a cap (of agents: to the default); it counts for new requests. A raised one lets go
   * on what waits. Returns the problem when it cannot be held, and nothing is changed then.
   */
  setCaps(changes: CapChanges): string | null {
    if (typeof changes.usd === 'number') {
      const model = this.#unpriced ?? this.#grants.holdMoney();
      if (model !== null) return unpriced({ kind: 'run' }, changes.usd, model).message;
    }
    this.#caps = changed(this.#caps, changes);
    const { outputTokens, usd, agents, minutes } = this.#caps;
    this.#run.tokens.cap = outputTokens ?? null;
    this.#run.money.cap = usd === undefined ? null : inNanoDollars(usd);
    this.#run.agents.cap = agents ?? MAX_AGENTS;
    if (changes.minutes !== undefined) this.#run.time.limitTo(inMs(minutes));
    if (changes.outputTokens !== undefined || changes.usd !== undefined) this.#newSafety();
    this.#grants.wake();
    return null;
  }

  /** As many output tokens again as the safety limit was at first. False: it was not reached. */
  extendSafety(): boolean {
    if (!this.#stopped) return false;
    this.#newSafety();
    this.#grants.wake();
    return true;
  }

  get #unpriced(): string | null {
    return this.#start.before.usd === null ? 'a model that it has used' : this.#grants.unpriced;
  }

  /** Whoever gives a run a cap in tokens or money needs no other. */
  #newSafety(): void {
    const { safetyTokens } = this.#start;
    const { outputTokens, usd } = this.#caps;
    this.#stopped = false;
    this.#warned = false;
    this.#safety = null;
    if (safetyTokens === null || outputTokens !== undefined || usd !== undefined) return;
    const untimed = this.#stopwatch(undefined, 0, () => undefined);
    const caps = { outputTokens: safetyTokens };
    this.#safety = new Account({ kind: 'safety' }, caps, NOTHING_SPENT, untimed, this.#deps.sharers);
  }

  #warn(): void {
    const { tokens } = this.#safety ?? {};
    if (this.#warned || !tokens || tokens.spent < WARN_AT * (tokens.cap ?? Infinity)) return;
    this.#warned = true;
    const limit = amount('outputTokens', tokens.cap ?? 0);
    const message = `${tokens.spent} of the ${limit} are used that a run may use to which nobody gave a budget.`;
    this.#deps.onSafety('warn', message);
  }

  #reachSafety(by: Account, message: string): void {
    if (this.#stopped || by !== this.#safety) return;
    this.#stopped = true;
    this.#deps.onSafety('reached', message);
  }

  async #untilRaised(onWaiting: (waits: boolean) => void, signal: AbortSignal): Promise<void> {
    const stopped = (): boolean => this.#stopped;
    if (!stopped()) return;
    onWaiting(true);
    try {
      while (stopped()) await this.#grants.change(signal);
    } finally {
      onWaiting(false);
    }
  }

  #runIsOver(): void {
    const error = this.#run.reached('minutes');
    for (const { start } of [...this.#seats.values()]) start.onTimeUp(error);
    void this.#overtime();
  }

  async #overtime(): Promise<void> {
    try {
      await this.#deps.clock.sleep(OVERTIME_MS, this.#ended.signal);
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    const error = this.timeUp();
    if (error) this.#deps.onOvertime(error);
  }

  #phaseOf(title: string | null): Phase | undefined {
    return title === null ? undefined : this.#phases.get(title);
  }

  #stopwatch(minutes: number | undefined, beforeMs: number, onUp: () => void): Stopwatch {
    const { clock, pausedMs } = this.#deps;
    return new Stopwatch({ clock, pausedMs, onUp }, inMs(minutes), beforeMs);
  }
}

function changed({ perAgent, ...caps }: RunCaps, changes: CapChanges): RunCaps {
  const all = { ...caps, ...changes };
  return { ...capsOf((cap) => all[cap]), ...(perAgent ? { perAgent } : {}) };
}

function tightest(a: Caps, b: Caps): Caps {
  return capsOf((cap) => {
    const least = Math.min(a[cap] ?? Infinity, b[cap] ?? Infinity);
    return Number.isFinite(least) ? least : null;
  });
}

function capsOf(value: (cap: keyof Caps) => number | null | undefined): Caps {
  return Object.fromEntries(
    CAP_NAMES.flatMap((cap) => {
      const limit = value(cap);
      return typeof limit === 'number' ? [[cap, limit]] : [];
    }),
  );
}

function inMs(minutes: number | undefined): number | null {
  return minutes === undefined ? null : minutes * MS_A_MINUTE;
}
