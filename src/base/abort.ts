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

/** Calls `listener` once when the signal fires, at once if it has. Dispose to stop listening. */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return { dispose: () => undefined };
  }
  signal.addEventListener('abort', listener, { once: true });
  return { dispose: () => signal.removeEventListener('abort', listener) };
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AbortError(signal.reason);
}
