import { AbortError, onAbort } from '../../base/abort.ts';
import { DisposableStore } from '../../base/disposable.ts';

/** `promise`, or AbortError as soon as the signal fires: a start that is shared goes on for the others. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const listening = new DisposableStore();
  const aborted = new Promise<never>((_resolve, reject) => {
    listening.add(onAbort(signal, () => reject(new AbortError(signal.reason))));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listening.dispose();
  }
}
