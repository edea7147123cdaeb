import type { Effort } from '../protocol/capabilities.ts';
import type { AssistantMessage, JsonSchema, Message } from '../protocol/conversation.ts';
import type { Usage } from '../protocol/usage.ts';

export type { Effort } from '../protocol/capabilities.ts';

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

/** In one request. */
export const MAX_WEB_SEARCHES = 5;

/** One model call. `tools` and `system` are byte-identical for all agents of a kind, or the prompt cache is lost. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly tools: readonly ToolSpec[];
  readonly messages: readonly Message[];
  /** Output tokens. */
  readonly maxTokens: number;
  readonly effort?: Effort;
  /** The service may search the web for it, MAX_WEB_SEARCHES times; one that cannot fails as `invalid`. */
  readonly webSearch?: true;
  /** Without a byte for so many milliseconds it fails as `stalled`. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
}

/**
 * What went wrong, by what can be done about it.
 * - `auth`, `credit`, `unknown-model`: nothing but a person helps; the run ends (fatal).
 * - `rate-limited`, `overloaded`: weather; wait (`retryAfterMs`) and ask again. `quota`: the same, with a long wait.
 * - `server`, `network`: ask again a few times. `stalled`: the same; the service went silent.
 * - `too-long`: the conversation exceeds the window; compact. `invalid`: our request is wrong.
 * - `budget`: the run's cap leaves no tokens for it; never comes from a provider.
 */
export type ModelErrorCode =
  | 'auth'
  | 'credit'
  | 'unknown-model'
  | 'rate-limited'
  | 'quota'
  | 'overloaded'
  | 'server'
  | 'network'
  | 'stalled'
  | 'too-long'
  | 'invalid'
  | 'budget';

export interface ModelFailure {
  readonly kind: 'failed';
  readonly code: ModelErrorCode;
  /** For a person: what is wrong and what to do. Never holds a key. */
  readonly message: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** Of `network`: no connection came about at all, so a few quick attempts say as much as many slow ones. */
  readonly unreachable?: boolean;
  /** Of `network` and `stalled`: the request had gone out, and not even the head of an answer came. */
  readonly unanswered?: true;
}

export interface Replied {
  readonly kind: 'replied';
  readonly message: AssistantMessage;
  readonly usage: Usage;
  readonly stopReason: 'end' | 'tool-use' | 'max-tokens' | 'refusal';
  /** Of `max-tokens`: it was the model's window that was full, below what the request allowed. */
  readonly windowFull?: true;
  /** The id the provider says it used. */
  readonly model: string;
}

export type ModelReply = Replied | ModelFailure;

/**
 * A piece of a reply as it streams in: of its text, or of what is not shown while it comes (thinking, the input of a tool).
 * Ephemeral: neither numbered nor stored.
 */
export type OnDelta = (piece: string, of: 'text' | 'unshown') => void;

/** What the head of an answer says, long before its content is whole. */
export interface ReplyHead {
  /** False: the request was refused, and why is in the reply. */
  readonly accepted: boolean;
  /** No request before so many milliseconds have passed. */
  readonly retryAfterMs?: number;
  /** Requests that the service still takes, and in how many milliseconds its whole limit is there again. */
  readonly requests?: { readonly left: number; readonly resetMs: number };
  /** The tokens of some kind are used up; so many milliseconds until all are there again. */
  readonly noTokensForMs?: number;
}

export type OnHead = (head: ReplyHead) => void;

/**
 * A model behind any provider. Resolves to a value for every expected failure; rejects with an AbortError on abort only.
 * Models whose service says nothing at its answers' heads never call `onHead`.
 */
export interface Model {
  reply(request: ModelRequest, signal: AbortSignal, onDelta?: OnDelta, onHead?: OnHead): Promise<ModelReply>;
}

export function isFatal(failure: ModelFailure): boolean {
  return failure.code === 'auth' || failure.code === 'credit' || failure.code === 'unknown-model';
}
