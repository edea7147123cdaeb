/**
 * Which hashes were added: one bit each, so that a few that were not pass for added. Its size never grows.
 */
export class BitSet {
  readonly #words: Int32Array;
  readonly #shift: number;

  /** Of 2 ** `bits` bits. */
  constructor(bits: number) {
    this.#words = new Int32Array(2 ** (bits - 5));
    this.#shift = 32 - bits;
  }

  add(hash: number): void {
    const bit = hash >>> this.#shift;
    this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  has(hash: number): boolean {
    const bit = hash >>> this.#shift;
    return ((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }
}
