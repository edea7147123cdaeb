import type { Disposable } from './disposable.ts';

/** Tells every listener, in the order they came. A listener added or removed during `emit` counts from the next one. */
export class Emitter<T> {
  /** Never changed, only replaced: `emit` goes through it as it was, without a copy. */
  #listeners: readonly ((value: T) => void)[] = [];

  on(listener: (value: T) => void): Disposable {
    const own = (value: T): void => listener(value);
    this.#listeners = [...this.#listeners, own];
    return { dispose: () => void (this.#listeners = this.#listeners.filter((other) => other !== own)) };
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  get size(): number {
    return this.#listeners.length;
  }
}
