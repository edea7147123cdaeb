/** What was found out a moment ago holds for whoever asks now; who asks while it is being found out waits for the same. */
export class Lately<T> {
  readonly #ms: number;
  readonly #known = new Map<string, { readonly until: number; readonly value: Promise<T> }>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** `find` stops for no single caller. A failure is not kept. */
  of(key: string, find: () => Promise<T>): Promise<T> {
    const now = performance.now();
    for (const [other, { until }] of this.#known) if (until < now) this.#known.delete(other);
    const known = this.#known.get(key);
    if (known) return known.value;
    const value = find();
    this.#known.set(key, { until: now + this.#ms, value });
    value.catch(() => this.#known.delete(key));
    return value;
  }
}
