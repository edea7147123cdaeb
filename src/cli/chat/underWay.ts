import type { Disposable } from '../../base/disposable.ts';
import type { Engine } from '../../node/createEngine.ts';

/** Runs that a session of this process has started and that have not ended. */
export class UnderWay implements Disposable {
  readonly #runs = new Set<string>();
  readonly #listening: Disposable;

  constructor(engine: Pick<Engine, 'subscribe'>, sessionId: string) {
    this.#listening = engine.subscribe(sessionId, 1, (batch) => {
      for (const event of batch) {
        if (event.type === 'workflow.launched') this.#runs.add(event.launchedRunId);
        if (event.type === 'workflow.ended') this.#runs.delete(event.launchedRunId);
      }
    });
  }

  get runIds(): readonly string[] {
    return [...this.#runs];
  }

  dispose(): void {
    this.#listening.dispose();
  }
}
