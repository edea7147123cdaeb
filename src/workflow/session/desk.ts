import { AbortError, onAbort } from '../../base/abort.ts';
import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { EventBody } from '../../protocol/messages.ts';
import type { TurnSource } from '../../protocol/session.ts';

/** What a session's agent is to do, by whom. */
export interface Asked {
  readonly turnId: string;
  readonly by: TurnSource;
  /** As a person is shown it. */
  readonly text: string;
  /** As the agent reads it. */
  readonly prompt: string;
}

/** A turn under way, as far as others may end it. */
interface Working {
  interrupt(): void;
}

interface DeskDeps {
  readonly newId: () => string;
  readonly emit: (event: EventBody) => void;
}

/** Where what a session is asked waits for its turn, first come first served. */
export class Desk {
  readonly #deps: DeskDeps;
  readonly #waiting: Asked[] = [];
  readonly #changed = new Emitter<void>();
  /** Pieces of the reply under way, for who looks on; they are in no log. */
  readonly #deltas = new Emitter<string>();
  #working: Working | null = null;
  /** Runs that the session has started and that have not ended. */
  #runs = 0;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  ask(asked: Omit<Asked, 'turnId'>): void {
    const turnId = this.#deps.newId();
    this.#waiting.push({ ...asked, turnId });
    this.#deps.emit({ type: 'turn.asked', turnId, by: asked.by, text: asked.text });
    this.#changed.emit();
  }

  /** The next one, as soon as there is one. Rejects with AbortError when the signal fires before. */
  async next(signal: AbortSignal): Promise<Asked> {
    for (;;) {
      if (signal.aborted) throw new AbortError(signal.reason);
      const asked = this.#waiting.shift();
      if (asked) return asked;
      await this.#change(signal);
    }
  }

  /** False: nobody works. */
  interrupt(): boolean {
    this.#working?.interrupt();
    return this.#working !== null;
  }

  /** While `body` lasts, `working` is what an interruption ends. */
  async during<T>(working: Working, body: () => Promise<T>): Promise<T> {
    this.#working = working;
    try {
      return await body();
    } finally {
      this.#working = null;
      this.#changed.emit();
    }
  }

  runBegun(): void {
    this.#runs += 1;
  }

  runOver(): void {
    this.#runs -= 1;
    this.#changed.emit();
  }

  /** Nothing is under way, nothing waits, and no run of the session goes on. */
  get isIdle(): boolean {
    return this.#working === null && this.#waiting.length === 0 && this.#runs === 0;
  }

  /** Resolves as soon as it is idle. Rejects with AbortError when the signal fires before. */
  async idle(signal: AbortSignal): Promise<void> {
    while (!this.isIdle) await this.#change(signal);
  }

  say(delta: string): void {
    this.#deltas.emit(delta);
  }

  onDelta(on: (delta: string) => void): Disposable {
    return this.#deltas.on(on);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        changed.dispose();
        aborted.dispose();
      };
      const changed = this.#changed.on(() => {
        stop();
        resolve();
      });
      const aborted = onAbort(signal, () => {
        changed.dispose();
        reject(new AbortError(signal.reason));
      });
    });
  }
}
