/** A growing list of 32-bit integers, four bytes each. */
export class IntList {
  #items = new Int32Array(1 << 10);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get(index: number): number {
    return this.#items[index] ?? 0;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  /** Its index. */
  push(item: number): number {
    if (this.#length === this.#items.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length] = item;
    this.#length += 1;
    return this.#length - 1;
  }
}
