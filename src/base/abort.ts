import type { Disposable } from './disposable.ts';

/**
 * What a call throws when its signal fires: the one kind of throw that is no bug. It has no stack: every agent that ends
 * throws some, nobody reads where, and to write that down costs more than all the rest of an end.
 */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  constructor(reason?: unknown) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(typeof reason === 'string' ? reason : 'aborted', { cause: reason });
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** True for our own abort, and for those that Node and libraries throw. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'APIUserAbortError');
}

/** One object for who listens and for how it stops: an agent that waits has several of them. */
class Listening implements Disposable {
  readonly listener: () => void;
  readonly #all: Set<Listening>;

  constructor(listener: () => void, all: Set<Listening>) {
    this.listener = listener;
    this.#all = all;
    all.add(this);
  }

  dispose(): void {
    this.#all.delete(this);
  }
}

const NOT_LISTENING: Disposable = { dispose: () => undefined };

// A signal looks through all its listeners for each that is added: a thousand agents on their run's signal would cost
// a million steps. So each signal gets one listener, which knows the others.
const listeningTo = new WeakMap<AbortSignal, Set<Listening>>();

/** Calls `listener` once when the signal fires, at once if it has. Dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return NOT_LISTENING;
  }
  return new Listening(listener, listeningTo.get(signal) ?? listenTo(signal));
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

/** `promise`, or AbortError as soon as the signal fires, whatever becomes of it: what does not listen holds up no stop. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let listening = NOT_LISTENING;
  const aborted = new Promise<never>((_resolve, reject) => {
    listening = onAbort(signal, () => reject(new AbortError(signal.reason)));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listening.dispose();
  }
}
