import type { Engine, EngineOptions } from '../node/createEngine.ts';
import type { EngineCommons } from '../node/engineCommons.ts';
import type { ModelSource } from '../node/modelRecord.ts';

/** One engine for each way to a model and to confine commands, made when it is first needed. */
export class EngineHost {
  readonly #options: () => Omit<EngineOptions, 'model' | 'commons'>;
  readonly #engines = new Map<string, Promise<Engine>>();
  #commons: EngineCommons | undefined;
  #closed = false;

  constructor(options: () => Omit<EngineOptions, 'model' | 'commons'>) {
    this.#options = options;
  }

  engineFor(model: ModelSource): Promise<Engine> {
    if (this.#closed) return Promise.reject(new Error('The window is closing.'));
    const options = this.#options();
    // A run that has begun keeps its engine; the next one goes by what the settings say now.
    const key = JSON.stringify([model, options.sandbox, options.commits, options.maxWorktreeBytes]);
    const known = this.#engines.get(key);
    if (known) return known;
    const engine = this.#make({ ...options, model });
    this.#engines.set(key, engine);
    engine.catch(() => this.#engines.delete(key));
    return engine;
  }

  async #make(options: EngineOptions): Promise<Engine> {
    const [{ createEngine }, { createEngineCommons }] = await Promise.all([
      import('../node/createEngine.ts'),
      import('../node/engineCommons.ts'),
    ]);
    this.#commons ??= createEngineCommons();
    return createEngine({ ...options, commons: this.#commons });
  }

  /** Stops what runs, so that it can go on later, and waits for it. */
  async close(): Promise<void> {
    this.#closed = true;
    const engines = await Promise.allSettled([...this.#engines.values()]);
    await Promise.all(engines.map(async (made) => made.status === 'fulfilled' && made.value.close()));
  }
}
