import type { ServedTerms } from '../../protocol/serve.ts';
import type { ModelRecord } from '../../workflow/runStore.ts';
import type { Engine } from '../createEngine.ts';
import { createEngineCommons, type EngineCommons } from '../engineCommons.ts';
import { modelRecord, type ModelSource } from '../modelRecord.ts';

export interface ServedEnginesDeps {
  /** What a run asks that was recorded with `record` (absent: a new one) and names `model`; by this process's own key. Throws what a person is told. */
  readonly sourceOf: (record: ModelRecord | undefined, model: string | undefined) => Promise<ModelSource>;
  readonly createEngine: (source: ModelSource, terms: ServedTerms, commons: EngineCommons) => Promise<Engine>;
}

/** One engine for all that asks the same service on the same terms; each lives to the end. */
export class ServedEngines {
  readonly #deps: ServedEnginesDeps;
  readonly #commons = createEngineCommons();
  readonly #engines = new Map<string, Promise<Engine>>();

  constructor(deps: ServedEnginesDeps) {
    this.#deps = deps;
  }

  /** Of what was started with these terms before; `record`: what it asked then. */
  async engineFor(terms: ServedTerms, record?: ModelRecord, model?: string): Promise<Engine> {
    const source = await this.#deps.sourceOf(record, model);
    const key = JSON.stringify([modelRecord(source), terms]);
    const there = this.#engines.get(key);
    if (there !== undefined) return there;
    const made = this.#deps.createEngine(source, terms, this.#commons);
    this.#engines.set(key, made);
    // The next one tries again.
    made.catch(() => this.#engines.delete(key));
    return made;
  }

  /** Suspends all that they run. */
  async close(): Promise<void> {
    const made = await Promise.allSettled(this.#engines.values());
    await Promise.all(made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.close()] : [])));
  }
}
