/** A cache of at most `capacity` entries. When it is full, the least recently used entry makes room. */
export class LruCache {
  #capacity;
  // A Map iterates in the order of insertion: the first entry is the least recently used.
  #entries = new Map();

  constructor(capacity) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`capacity must be a positive integer, not ${capacity}`);
    }
    this.#capacity = capacity;
  }

  get size() {
    return this.#entries.size;
  }

  /** The value, which becomes the most recently used one, or undefined. */
  get(key) {
    if (!this.#entries.has(key)) return undefined;
    const value = this.#entries.get(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Whether the key is there. Does not count as a use. */
  has(key) {
    return this.#entries.has(key);
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value);
    return this;
  }

  delete(key) {
    return this.#entries.delete(key);
  }

  /** The keys, least recently used first. */
  keys() {
    return [...this.#entries.keys()];
  }
}
