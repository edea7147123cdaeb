import type { Brain } from '../../src/node/simulator/simulator.ts';

/** Answers that wait for the test, so that a run stands still while it is looked at. */
export class HeldAnswers {
  readonly #held: ReadonlyMap<string, PromiseWithResolvers<null>>;
  /** Comes before the brain that answers. */
  readonly brain: Brain;

  /** Held is whoever has one of these words in its task. */
  constructor(...words: readonly string[]) {
    this.#held = new Map(words.map((word) => [word, Promise.withResolvers<null>()]));
    this.brain = async (view) => {
      for (const [word, { promise }] of this.#held) if (view.prompt.includes(word)) await promise;
      return undefined;
    };
  }

  letGo(word: string): void {
    const held = this.#held.get(word);
    if (!held) throw new Error(`Nobody is held by "${word}".`);
    held.resolve(null);
  }

  /** Whatever becomes of the body, nobody waits after it: a simulator that is closed waits for its answers. */
  async during(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } finally {
      for (const { resolve } of this.#held.values()) resolve(null);
    }
  }
}
