import type { Disposable } from './disposable.ts';

/** What a call throws when its signal fires: the one kind of throw that is no bug. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  constructor(reason?: unknown) {
    super(typeof reason === 'string' ? reason : 'aborted', { cause: reason });
  }
}

/** True for our own abort, and for those that Node and libraries throw. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'APIUserAbortError');
}

interface Listening {
  readonly listener: () => void;
}

// A signal looks through all its listeners for each that is added: a thousand agents on their run's signal would cost
// a million steps. So each signal gets one listener, which knows the others.
const listeningTo = new WeakMap<AbortSignal, Set<Listening>>();

/** Calls `listener` once when the signal fires, at once if it has. Dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return { dispose: () => undefined };
  }
  const all = listeningTo.get(signal) ?? listenTo(signal);
  const one = { listener };
  all.add(one);
  return { dispose: () => void all.delete(one) };
}

function listenTo(signal: AbortSignal): Set<Listening> {
  const all = new Set<Listening>();
  listeningTo.set(signal, all);
  const fire = (): void => {
    listeningTo.delete(signal);
    for (const one of all) {
      all.delete(one);
      one.listener();
    }
  };
  signal.addEventListener('abort', fire, { once: true });
  return all;
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AbortError(signal.reason);
}
