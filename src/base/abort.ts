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

/**
 * One object for who listens, for its place among the others and for how it stops: thousands of agents wait on their run's
 * signal at once. A ring, whose head listens to nothing.
 */
class Listening implements Disposable {
  readonly listener: () => void;
  next: Listening = this;
  previous: Listening = this;

  constructor(listener: () => void) {
    this.listener = listener;
  }

  /** Becomes the last of the ring that `head` heads. */
  join(head: Listening): void {
    const last = head.previous;
    this.next = head;
    this.previous = last;
    last.next = this;
    head.previous = this;
  }

  dispose(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }
}

const nothing = (): void => undefined;
const NOT_LISTENING: Disposable = { dispose: nothing };

// A signal looks through all its listeners for each that is added: a thousand agents on their run's signal would cost
// a million steps. So each signal gets one listener, which knows the others.
const heads = new WeakMap<AbortSignal, Listening>();

/** Calls `listener` once when the signal fires, at once if it has. Dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return NOT_LISTENING;
  }
  const listening = new Listening(listener);
  listening.join(heads.get(signal) ?? headOf(signal));
  return listening;
}

function headOf(signal: AbortSignal): Listening {
  const head = new Listening(nothing);
  heads.set(signal, head);
  const fire = (): void => {
    heads.delete(signal);
    while (head.next !== head) {
      const first = head.next;
      first.dispose();
      first.listener();
    }
  };
  signal.addEventListener('abort', fire, { once: true });
  return head;
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
