export interface Disposable {
  dispose(): void;
}

/** Owns what was opened and closes it in the reverse order. */
export class DisposableStore implements Disposable {
  readonly #owned: Disposable[] = [];

  add<T extends Disposable>(disposable: T): T {
    this.#owned.push(disposable);
    return disposable;
  }

  dispose(): void {
    for (const disposable of this.#owned.splice(0).reverse()) disposable.dispose();
  }
}
