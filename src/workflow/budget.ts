import { AbortError, onAbort } from '../base/abort.ts';

/** A cap was reached. The script may catch it and go on without agents (W35). */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/** Tokens that one request may use. What it did use is settled once, when its reply has ended. */
export interface Grant {
  readonly tokens: number;
  settle(outputTokens: number): void;
}

export interface GrantRequest {
  /** Requests of one kind of agent are alike: their mean is what the next one needs at least. */
  readonly kind: string;
  /** The most that the reply is to have. */
  readonly wanted: number;
  /** Of a reply that was cut by a smaller grant: only more than that helps. */
  readonly moreThan?: number;
}

/** A reply shorter than this is not worth its input, while more may come back from others. */
const FLOOR = 1_024;
/** The least that is sent at all, when nothing more will come back. */
const LAST_RESORT = 256;

interface Waiter {
  readonly retry: () => void;
}

/**
 * Output tokens of a run against its cap (W35). Each request gets a grant before it is sent, and the service is told
 * to stop there: what is spent and what is granted never exceed the cap, however many agents ask at once. Granting all
 * that a request may use would send nothing at all (32,000 against a cap of 10,000), so a grant is a fair share, and
 * at least twice what replies of that kind have needed.
 */
export class Budget {
  readonly total: number | null;
  /** How many may want tokens now; the rest of the cap is shared among them. */
  readonly #sharers: () => number;
  readonly #kinds = new Map<string, { replies: number; tokens: number }>();
  readonly #waiters = new Set<Waiter>();
  #spent: number;
  #granted = 0;

  constructor(total: number | null, sharers: () => number, spentBefore = 0) {
    this.total = total;
    this.#sharers = sharers;
    this.#spent = spentBefore;
  }

  get spent(): number {
    return this.#spent;
  }

  /** The error to throw once the cap is reached, else null. */
  exceeded(): BudgetError | null {
    if (this.total === null || this.#spent < this.total) return null;
    return new BudgetError(this.#words());
  }

  /**
   * Waits while others hold what this request needs. Null: nothing useful is left, nor will be. Rejects with AbortError.
   */
  async grant(request: GrantRequest, signal: AbortSignal): Promise<Grant | null> {
    for (;;) {
      const tokens = this.#share(request);
      if (tokens !== 'wait') return tokens === null ? null : this.#give(request.kind, tokens);
      await this.#settled(signal);
    }
  }

  /** Says that and how the cap was reached, and what to do. */
  error(): BudgetError {
    return new BudgetError(this.#words());
  }

  #words(): string {
    return `The budget of ${this.total ?? 0} output tokens is spent (${this.#spent} used). Return what there is, or resume the run with a higher --budget.`;
  }

  #share({ kind, wanted, moreThan = 0 }: GrantRequest): number | 'wait' | null {
    if (this.total === null) return wanted;
    const left = this.total - this.#spent;
    const free = left - this.#granted;
    const floor = Math.min(wanted, Math.max(FLOOR, 2 * this.#mean(kind), moreThan + 1));
    if (free >= floor) {
      const share = Math.floor(left / Math.max(1, this.#sharers()));
      return Math.min(wanted, free, Math.max(share, floor));
    }
    if (this.#granted > 0) return 'wait';
    return free >= Math.min(wanted, LAST_RESORT) && free > moreThan ? Math.min(wanted, free) : null;
  }

  #give(kind: string, tokens: number): Grant {
    this.#granted += tokens;
    let settled = false;
    return {
      tokens,
      settle: (outputTokens) => {
        if (settled) return;
        settled = true;
        this.#granted -= tokens;
        this.#spent += outputTokens;
        this.#learn(kind, outputTokens);
        for (const waiter of [...this.#waiters]) waiter.retry();
      },
    };
  }

  #mean(kind: string): number {
    const known = this.#kinds.get(kind);
    return known ? Math.ceil(known.tokens / known.replies) : 0;
  }

  #learn(kind: string, tokens: number): void {
    const known = this.#kinds.get(kind) ?? { replies: 0, tokens: 0 };
    this.#kinds.set(kind, { replies: known.replies + 1, tokens: known.tokens + tokens });
  }

  /** Resolves at the next settlement; those who wait are woken in the order they came. */
  #settled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const listening = onAbort(signal, () => {
        this.#waiters.delete(waiter);
        reject(new AbortError(signal.reason));
      });
      const waiter: Waiter = {
        retry: () => {
          this.#waiters.delete(waiter);
          listening.dispose();
          resolve();
        },
      };
      if (!signal.aborted) this.#waiters.add(waiter);
    });
  }
}
