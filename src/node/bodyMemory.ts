/** Kept for the next requests at most, in bytes. */
const KEPT_BYTES = 32 * 1024 * 1024;
const LEAST_BYTES = 64 * 1024;

/**
 * Memory for the bodies of requests, which are sent whole with every turn. Taken anew each time, it would have V8 collect
 * all garbage, of which there is hardly any, every few dozen turns of a long conversation: it counts what lies outside
 * of its heap.
 */
export class BodyMemory {
  readonly #free: Uint8Array[] = [];
  #freeBytes = 0;

  /** At least as long as that, and nobody else's until it is given back. */
  take(bytes: number): Uint8Array {
    const at = this.#free.findIndex((memory) => memory.length >= bytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    if (found === undefined) return new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST_BYTES))));
    this.#freeBytes -= found.length;
    return found;
  }

  /** Once nothing reads it any more; what is not given back is garbage like any other. */
  giveBack(memory: Uint8Array): void {
    if (this.#freeBytes + memory.length > KEPT_BYTES) return;
    this.#free.push(memory);
    this.#freeBytes += memory.length;
  }
}
