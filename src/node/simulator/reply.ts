import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Usage } from '../../protocol/usage.ts';

/** The tool through which an agent answers with data (contract row W21). */
export const STRUCTURED_OUTPUT = 'StructuredOutput';

/** Milliseconds: always the same, or drawn evenly from [min, max]. */
export type Span = number | readonly [number, number];

export type StopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal' | 'model_context_window_exceeded';

export interface ReplyError {
  readonly status: number;
  /** Absent: the type that belongs to the status, for example `rate_limit_error` to 429. */
  readonly type?: string;
  readonly message?: string;
  /** Seconds: the `retry-after` header. */
  readonly retryAfter?: number;
  /** Of 429: it is the account's plan that has nothing left until then, and not a limit a minute. */
  readonly plan?: true;
  /** The stream opens with status 200, gives half of the reply, then an `error` event. Only for streamed requests. */
  readonly inStream?: boolean;
}

/** What the simulated model answers to one request. Plain data and never changed: its bytes are kept by identity. */
export interface Reply {
  readonly text?: string;
  readonly tools?: readonly { readonly name: string; readonly input: JsonObject }[];
  /** Short for one call of `StructuredOutput` with this input. */
  readonly structured?: Json;
  /** Takes the place of what would be estimated. */
  readonly usage?: Partial<Usage>;
  /** Absent: `tool_use` when a tool is called, else `end_turn`. */
  readonly stopReason?: StopReason;
  /** Until the first byte. Absent: the simulator's own. */
  readonly latencyMs?: Span;
  /** Into how many deltas each block is cut; each is a write of its own. Absent: one for every 40 characters, at most 20. */
  readonly deltas?: number;
  /** Between two deltas. */
  readonly deltaMs?: number;
  readonly error?: ReplyError;
  /** Silence after the stream opened: until the client leaves (`true`), or so many milliseconds. */
  readonly stall?: true | number;
  /** Where the connection breaks. `mid-tool` falls back to the reply's middle when no tool is called. */
  readonly cut?: 'before-first-byte' | 'mid-text' | 'mid-tool';
}
