import type { Json, JsonObject } from '../protocol/json.ts';
import type { ModelRequest, OnDelta, Replied } from '../engine/model.ts';
import type { AssistantBlock } from '../protocol/conversation.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { withUntold } from './untoldUsage.ts';

/** A stream event as it may arrive from any server that speaks the Messages API: nothing in it is certain. */
export interface WireEvent {
  readonly type: string;
  readonly index?: number;
  readonly message?: { readonly model?: unknown; readonly usage?: WireUsage | null };
  readonly content_block?: { readonly type: string; readonly [key: string]: unknown };
  readonly delta?: { readonly type?: string; readonly stop_reason?: unknown; readonly [key: string]: unknown };
  readonly usage?: WireUsage | null;
}

interface WireUsage {
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly server_tool_use?: { readonly web_search_requests?: unknown } | null;
}

interface OpenBlock {
  readonly start: { readonly type: string; readonly [key: string]: unknown };
  /** Text, thinking or the JSON of a tool's input, as far as it has come. */
  body: string;
  signature: string;
}

/** Puts a streamed reply together, event by event. */
export class ReplyAssembly {
  readonly #request: ModelRequest;
  readonly #onDelta: OnDelta | undefined;
  readonly #blocks = new Map<number, OpenBlock>();
  #model: string;
  #usage: Usage = NO_USAGE;
  #stopReason: unknown = null;
  #stopped = false;
  #toldOutput = false;

  constructor(request: ModelRequest, onDelta?: OnDelta) {
    this.#request = request;
    this.#model = request.model;
    this.#onDelta = onDelta;
  }

  accept(event: WireEvent): void {
    switch (event.type) {
      case 'message_start':
        if (typeof event.message?.model === 'string') this.#model = event.message.model;
        this.#count(event.message?.usage);
        break;
      case 'content_block_start':
        if (event.content_block) this.#open(event.index ?? 0, event.content_block);
        break;
      case 'content_block_delta':
        if (event.delta) this.#grow(event.index ?? 0, event.delta);
        break;
      case 'message_delta':
        this.#stopReason = event.delta?.stop_reason ?? this.#stopReason;
        this.#count(event.usage);
        // What a message begins with counts none of what is still to come.
        if ((countIn(event.usage?.output_tokens) ?? 0) > 0) this.#toldOutput = true;
        break;
      case 'message_stop':
        this.#stopped = true;
        break;
    }
  }

  /** The reply; null when the stream ended before the message did. */
  finish(): Replied | null {
    if (!this.#stopped && this.#stopReason === null) return null;
    const content = [...this.#blocks.values()].flatMap(blockOf);
    const calls = content.some((block) => block.type === 'tool_use');
    const reply: Replied = {
      kind: 'replied',
      message: { role: 'assistant', content },
      usage: this.#usage,
      stopReason: stopReasonOf(this.#stopReason, calls),
      ...(this.#stopReason === WINDOW_FULL && { windowFull: true }),
      model: this.#model,
    };
    return withUntold(reply, this.#request, this.#toldOutput);
  }

  #open(index: number, start: OpenBlock['start']): void {
    const body = start.type === 'text' ? start['text'] : start.type === 'thinking' ? start['thinking'] : '';
    const signature = start['signature'];
    this.#blocks.set(index, {
      start,
      body: typeof body === 'string' ? body : '',
      signature: typeof signature === 'string' ? signature : '',
    });
    if (start.type === 'text' && typeof body === 'string' && body !== '') this.#onDelta?.(body, 'text');
  }

  #grow(index: number, delta: NonNullable<WireEvent['delta']>): void {
    const block = this.#blocks.get(index);
    if (!block) return;
    const piece = delta['text'] ?? delta['partial_json'] ?? delta['thinking'];
    if (typeof delta['signature'] === 'string') block.signature += delta['signature'];
    if (typeof piece !== 'string') return;
    block.body += piece;
    this.#onDelta?.(piece, delta.type === 'text_delta' ? 'text' : 'unshown');
  }

  /** Counts are cumulative; a later one replaces an earlier one, and what is not said stays. */
  #count(usage: WireUsage | null | undefined): void {
    if (!usage) return;
    const webSearches = countIn(usage.server_tool_use?.web_search_requests) ?? this.#usage.webSearches;
    const tokens: Usage = {
      inputTokens: countIn(usage.input_tokens) ?? this.#usage.inputTokens,
      outputTokens: countIn(usage.output_tokens) ?? this.#usage.outputTokens,
      cacheReadTokens: countIn(usage.cache_read_input_tokens) ?? this.#usage.cacheReadTokens,
      cacheWriteTokens: countIn(usage.cache_creation_input_tokens) ?? this.#usage.cacheWriteTokens,
    };
    this.#usage = webSearches === undefined ? tokens : { ...tokens, webSearches };
  }
}

/** What is no count says nothing: a text or a negative number would undo what the run has used so far. */
function countIn(said: unknown): number | undefined {
  return typeof said === 'number' && said >= 0 && said < Infinity ? said : undefined;
}

function blockOf(block: OpenBlock): AssistantBlock[] {
  const { start, body, signature } = block;
  switch (start.type) {
    case 'text':
      return body === '' ? [] : [{ type: 'text', text: body }];
    case 'tool_use':
      return [{ type: 'tool_use', id: String(start['id']), name: String(start['name']), input: inputOf(start, body) }];
    case 'thinking':
      return [{ type: 'opaque', raw: { type: 'thinking', thinking: body, signature } }];
    default: {
      const input = body === '' ? {} : { input: inputOf(start, body) as Json };
      return [{ type: 'opaque', raw: { ...(start as JsonObject), ...input } }];
    }
  }
}

/** The parsed input; the raw text where it is no JSON (broken, or cut by the token limit). */
function inputOf(start: OpenBlock['start'], json: string): unknown {
  if (json === '') return start['input'] ?? {};
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

const WINDOW_FULL = 'model_context_window_exceeded';

function stopReasonOf(reason: unknown, calls: boolean): Replied['stopReason'] {
  if (reason === 'max_tokens' || reason === WINDOW_FULL) return 'max-tokens';
  if (reason === 'refusal') return 'refusal';
  return calls ? 'tool-use' : 'end';
}
