const SMALLEST = 1 << 10;

/** Numbers from 0 by 32-bit hashes, in one flat array: 16 bytes an entry or 32. Hashes that collide share an entry. */
export class HashTable {
  /** Key and value in turn. */
  #slots = new Int32Array(SMALLEST * 2);
  #size = 0;

  /** -1 where there is none. */
  get(hash: number): number {
    const slot = this.#slot(keyOf(hash));
    return this.#slots[slot] === 0 ? -1 : (this.#slots[slot + 1] ?? -1);
  }

  /** The value that was there; -1: there was none, and it is `value` now. */
  getOrAdd(hash: number, value: number): number {
    const key = keyOf(hash);
    const slot = this.#slot(key);
    if (this.#slots[slot] !== 0) return this.#slots[slot + 1] ?? -1;
    this.#slots[slot] = key;
    this.#slots[slot + 1] = value;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length) this.#grow();
    return -1;
  }

  #slot(key: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = ((key ^ (key >>> 16)) << 1) & mask;
    while (slots[slot] !== 0 && slots[slot] !== key) slot = (slot + 2) & mask;
    return slot;
  }

  #grow(): void {
    const slots = this.#slots;
    this.#slots = new Int32Array(slots.length * 2);
    for (let slot = 0; slot < slots.length; slot += 2) {
      const key = slots[slot] ?? 0;
      if (key === 0) continue;
      const moved = this.#slot(key);
      this.#slots[moved] = key;
      this.#slots[moved + 1] = slots[slot + 1] ?? 0;
    }
  }
}

/** 0 marks an empty slot. */
function keyOf(hash: number): number {
  return hash === 0 ? 1 : hash;
}
