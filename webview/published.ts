/** What a page shows: changes that come close together are shown together. A new object whenever something in it has changed. */
export class Published<Shown extends object> {
  readonly #schedule: (publish: () => void) => void;
  readonly #listeners = new Set<() => void>();
  #known: Shown;
  #shown: Shown;
  #scheduled = false;

  /** `schedule` calls back once, soon. */
  constructor(first: Shown, schedule: (publish: () => void) => void) {
    this.#known = first;
    this.#shown = first;
    this.#schedule = schedule;
  }

  /** With what is not shown yet. */
  get known(): Shown {
    return this.#known;
  }

  readonly shown = (): Shown => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  know(change: Partial<Shown>): void {
    this.#known = { ...this.#known, ...change };
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#shown = this.#known;
      for (const listener of this.#listeners) listener();
    });
  }
}
