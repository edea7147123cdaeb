/** A cap was reached. The script may catch it and go on without agents (W35). */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/** Output tokens of a run against its cap. The cap is looked at before each agent: agents under way end as they will. */
export class Budget {
  readonly total: number | null;
  #spent = 0;

  constructor(total: number | null) {
    this.total = total;
  }

  get spent(): number {
    return this.#spent;
  }

  add(outputTokens: number): void {
    this.#spent += outputTokens;
  }

  /** The error to throw once the cap is reached, else null. */
  exceeded(): BudgetError | null {
    if (this.total === null || this.#spent < this.total) return null;
    return new BudgetError(
      `The budget of ${this.total} output tokens is spent (${this.#spent} used). Return what there is; a resumed run counts anew.`,
    );
  }
}
