import type { AgentCaps, RunCaps } from '../../protocol/run.ts';
import type { SaidBudget } from '../budgetWords.ts';
import type { Spent } from '../spending.ts';

/** Of a run, as far as it was counted. */
interface Part {
  /** Until it has ended, all that it was given is kept for it. */
  readonly given: AgentCaps;
  readonly used: Spent;
}

const NOTHING: Spent = { outputTokens: 0, usd: 0 };
/** Less than this part of a cap starts nothing that could do anything. */
const LEAST_PART = 1 / 100;

/**
 * What a person's words allow to all runs together that come of them, however many turns later: "at most $5" is said of a bill.
 * Words without a budget allow anything.
 */
export class Allowance implements SaidBudget {
  readonly caps: AgentCaps;
  readonly words: readonly string[];
  readonly #parts = new Map<string, Part>();

  constructor({ caps, words }: SaidBudget) {
    this.caps = caps;
    this.words = words;
  }

  get isLimited(): boolean {
    return this.caps.outputTokens !== undefined || this.caps.usd !== undefined;
  }

  /** The caps of a run that is to begin, or of the one named that is to go on: it keeps what it has had. */
  left(runId?: string): AgentCaps {
    const others = [...this.#parts].filter(([id]) => id !== runId).map(([, part]) => part);
    const leave = (name: keyof AgentCaps): AgentCaps => {
      const cap = this.caps[name];
      return cap === undefined ? {} : { [name]: Math.max(0, cap - sum(others.map((part) => takenOf(part, name)))) };
    };
    return { ...leave('outputTokens'), ...leave('usd') };
  }

  /**
   * For a run of these words that goes on within the caps it has: a person may have lowered them since, or raised or lifted
   * them, which then is their last word.
   */
  leftWithin(runId: string, kept: RunCaps): AgentCaps {
    const left = this.left(runId);
    const within = (name: keyof AgentCaps): AgentCaps => {
      const [own, cap, rest] = [kept[name], this.caps[name], left[name]];
      if (own === undefined || cap === undefined || rest === undefined || own > cap) return {};
      return { [name]: Math.min(own, rest) };
    };
    return { ...within('outputTokens'), ...within('usd') };
  }

  /** What the model is told, and a person whose command it is, where nothing is left for a run; null: something is. */
  refusal(runId?: string): string | null {
    const left = this.left(runId);
    const isLittle = (name: keyof AgentCaps): boolean =>
      (left[name] ?? Infinity) <= (this.caps[name] ?? 0) * LEAST_PART;
    if (!isLittle('outputTokens') && !isLittle('usd')) return null;
    const words = this.words.map((each) => `"${each}"`).join(' and ');
    return `The limit ${words} holds for all that comes of the message it was said in, and nothing of it is left: runs have used it, or have it until they end. Nothing more starts before another message of the person allows more.`;
  }

  /** A run has begun or goes on, within those caps. */
  give(runId: string, given: AgentCaps): void {
    this.#parts.set(runId, { given, used: this.#parts.get(runId)?.used ?? NOTHING });
  }

  /** It has ended: what it has not used in this attempt is free again. */
  settle(runId: string, usage: Spent): void {
    const { used = NOTHING, given = {} } = this.#parts.get(runId) ?? {};
    const outputTokens = used.outputTokens + usage.outputTokens;
    // What nobody can count may have been all of it.
    const usd = used.usd === null || usage.usd === null ? (given.usd ?? null) : used.usd + usage.usd;
    this.#parts.set(runId, { given: {}, used: { outputTokens, usd } });
  }
}

function takenOf({ given, used }: Part, name: keyof AgentCaps): number {
  return Math.max(given[name] ?? 0, used[name] ?? 0);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((all, one) => all + one, 0);
}
