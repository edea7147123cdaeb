import type { Disposable } from '../base/disposable.ts';
import type { Caps } from '../protocol/run.ts';
import type { BudgetError } from './budget.ts';
import { capReached, type CapOwner } from './capWords.ts';
import { Meter } from './meter.ts';
import type { Spending } from './spending.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Prices have at most five decimals a million tokens, so that what is paid is a whole number of these. */
const PER_DOLLAR = 1_000_000_000;
export const MS_A_MINUTE = 60_000;

export function inNanoDollars(usd: number): number {
  return Math.round(usd * PER_DOLLAR);
}

export function inDollars(nano: number): number {
  return nano / PER_DOLLAR;
}

interface TokensAndMoney {
  readonly tokens: number;
  readonly money: number;
}

/** The caps of a run, a phase or an agent, and what is used of each. */
export class Account implements Disposable {
  readonly owner: CapOwner;
  readonly tokens: Meter;
  /** Billionths of a dollar: sums are exact. */
  readonly money: Meter;
  readonly agents: Meter;
  readonly time: Stopwatch;
  /** How many may want something of it now. */
  readonly sharers: () => number;

  constructor(owner: CapOwner, caps: Caps, before: Spending, time: Stopwatch, sharers: () => number) {
    this.owner = owner;
    this.tokens = new Meter(caps.outputTokens ?? null, before.outputTokens);
    this.money = new Meter(caps.usd === undefined ? null : inNanoDollars(caps.usd), inNanoDollars(before.usd ?? 0));
    this.agents = new Meter(caps.agents ?? null, before.agents);
    this.time = time;
    this.sharers = sharers;
  }

  /** The error once there is nothing left for anybody; whether one more agent may start is another question. */
  exceeded(): BudgetError | null {
    if (this.time.isUp) return this.reached('minutes');
    if (this.tokens.reached) return this.reached('outputTokens');
    return this.money.reached ? this.reached('usd') : null;
  }

  hold(tokens: number, money: number): void {
    this.tokens.hold(tokens);
    this.money.hold(money);
  }

  /** Gives back what a request held, and counts what it has used. */
  settle(held: TokensAndMoney, used: TokensAndMoney, isLost: boolean): void {
    this.tokens.settle(held.tokens, used.tokens, isLost);
    this.money.settle(held.money, used.money, isLost);
  }

  reached(cap: keyof Caps): BudgetError {
    const [limit, used, lost = 0] = this.#figures(cap);
    return capReached(this.owner, cap, limit, used, lost);
  }

  #figures(cap: keyof Caps): readonly [limit: number, used: number, lost?: number] {
    switch (cap) {
      case 'outputTokens':
        return [this.tokens.cap ?? 0, this.tokens.spent, this.tokens.lost];
      case 'usd':
        return [inDollars(this.money.cap ?? 0), inDollars(this.money.spent), inDollars(this.money.lost)];
      case 'agents':
        return [this.agents.cap ?? 0, this.agents.spent];
      case 'minutes':
        return [(this.time.limitMs ?? 0) / MS_A_MINUTE, this.time.elapsedMs / MS_A_MINUTE];
    }
  }

  dispose(): void {
    this.time.dispose();
  }
}
