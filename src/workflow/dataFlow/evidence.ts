/** A source that has a stretch of a prompt, and whether as a whole: see `SharedRun`. */
export interface Holder {
  readonly source: number;
  readonly completeness: 0 | 1 | 2;
}

/** A stretch of a prompt, and the sources that have all of it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly holders: readonly Holder[];
}

/** Owners of what `times` stretches of a prompt have in common, that many sources could have given. */
type OwnersOf = (holders: readonly Holder[], times: number) => readonly string[];

/** What was found in one prompt, in its order. */
export class Evidence {
  readonly #groups = new Map<string, { readonly holders: readonly Holder[]; times: number }>();
  /** One that several sources have counts when no longer one that covers it has come. */
  #open: Stretch | null = null;
  #settledTo = 0;
  /** All that were added, in order. */
  readonly stretches: Stretch[] = [];

  /** Up to here it is known whose the words are. */
  get settledTo(): number {
    return this.#settledTo;
  }

  add(stretch: Stretch): void {
    this.stretches.push(stretch);
    const open = this.#open;
    if (open && stretch.from < open.to) {
      if (stretch.to - stretch.from <= open.to - open.from) return;
    } else if (open) {
      this.#count(open);
    }
    this.#open = stretch;
    if (stretch.holders.length === 1) this.#settledTo = stretch.to;
  }

  sources(ownersOf: OwnersOf): readonly string[] {
    if (this.#open) this.#count(this.#open);
    this.#open = null;
    return [...this.#groups.values()].flatMap(({ holders, times }) => ownersOf(holders, times));
  }

  #count({ holders }: Stretch): void {
    const key = holders.map(({ source }) => source).join();
    const group = this.#groups.get(key) ?? { holders, times: 0 };
    group.times += 1;
    this.#groups.set(key, group);
  }
}
