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
 * Somebody who waits on a signal, with its place among the others: one object for it all, since thousands of agents wait
 * on their run's signal at once. A ring, whose head listens to nothing.
 */
export abstract class AbortListener implements Disposable {
  #next: AbortListener = this;
  #previous: AbortListener = this;

  /** Is called once when the signal fires. */
  abstract fire(): void;

  get next(): AbortListener {
    return this.#next;
  }

  /** Becomes the last of the ring that `head` heads. */
  join(head: AbortListener): void {
    const last = head.#previous;
    this.#next = head;
    this.#previous = last;
    last.#next = this;
    head.#previous = this;
  }

  /** Stops listening. */
  dispose(): void {
    this.#previous.#next = this.#next;
    this.#next.#previous = this.#previous;
    this.#next = this;
    this.#previous = this;
  }
}

class CallingListener extends AbortListener {
  readonly fire: () => void;
  constructor(listener: () => void) {
    super();
    this.fire = listener;
  }
}

const nothing = (): void => undefined;
const NOT_LISTENING: Disposable = { dispose: nothing };

// A signal looks through all its listeners for each that is added: a thousand agents on their run's signal would cost
// a million steps. So each signal gets one listener, which knows the others.
const heads = new WeakMap<AbortSignal, AbortListener>();

/** Calls `listener` once when the signal fires, at once if it has. Dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return NOT_LISTENING;
  }
  const listening = new CallingListener(listener);
  listenTo(signal, listening);
  return listening;
}

/** The same for a listener that is an object of its own. The signal must not have fired. */
export function listenTo(signal: AbortSignal, listener: AbortListener): void {
  listener.join(heads.get(signal) ?? headOf(signal));
}

function headOf(signal: AbortSignal): AbortListener {
  const head = new CallingListener(nothing);
  heads.set(signal, head);
  const fire = (): void => {
    heads.delete(signal);
    while (head.next !== head) {
      const first = head.next;
      first.dispose();
      first.fire();
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
