// The pure folders are typed without Node and without the DOM. These two are all that they may use of
// what every host has; everything else from outside enters through `deps`.

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

declare const AbortSignal: {
  any(signals: readonly AbortSignal[]): AbortSignal;
  abort(reason?: unknown): AbortSignal;
};

interface ErrorConstructor {
  /** Frames that a new error notes down; as V8 has it. */
  stackTraceLimit: number;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
