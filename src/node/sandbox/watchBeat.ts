import type { Disposable } from '../../base/disposable.ts';

export interface Watched {
  readonly beat: SharedArrayBuffer;
  readonly sliceMs: number;
}

/**
 * The backstop behind the deadline inside the thread, for work that the engine does not interrupt (a search in a huge
 * text): calls `onStuck` when one turn has lasted more than twice its time.
 */
export function watchBeat({ beat, sliceMs }: Watched, onStuck: (message: string) => void): Disposable {
  const counter = new Int32Array(beat);
  let seen = 0;
  let looks = 0;
  const timer = setInterval(() => {
    const now = Atomics.load(counter, 0);
    looks = now === seen && now % 2 === 1 ? looks + 1 : 0;
    seen = now;
    if (looks >= 2)
      onStuck(
        `The script did not answer for more than ${(2 * sliceMs) / 1000} s: look for work that is too large for one step.`,
      );
  }, sliceMs);
  timer.unref();
  return { dispose: () => clearInterval(timer) };
}
