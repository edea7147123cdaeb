import { AbortError, onAbort } from '../base/abort.ts';
import type { Clock } from '../engine/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listening.dispose();
        resolve();
      }, ms);
      const listening = onAbort(signal, () => {
        clearTimeout(timer);
        reject(new AbortError(signal.reason));
      });
    }),
};
