import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { STRUCTURED_OUTPUT, type Reply, type StopReason } from './reply.ts';
import { tokensOf } from './tokens.ts';

export type ReplyBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly input: JsonObject };

/** What makes one reply of the API out of a `Reply`: the ids and tokens of this request. */
export interface Envelope {
  readonly id: string;
  readonly model: string;
  readonly usage: Usage;
  /** A new id for each tool call. */
  newToolId(): string;
}

export function blocksOf(reply: Reply): readonly ReplyBlock[] {
  const blocks: ReplyBlock[] =
    reply.text === undefined || reply.text === '' ? [] : [{ type: 'text', text: reply.text }];
  for (const { name, input } of reply.tools ?? []) blocks.push({ type: 'tool_use', name, input });
  if (reply.structured !== undefined) {
    // A tool's input is an object on the wire; anything else could not have been asked for.
    const input = isJsonObject(reply.structured) ? reply.structured : { value: reply.structured };
    blocks.push({ type: 'tool_use', name: STRUCTURED_OUTPUT, input });
  }
  return blocks;
}

export function stopReasonOf(reply: Reply): StopReason {
  if (reply.stopReason !== undefined) return reply.stopReason;
  return (reply.tools?.length ?? 0) > 0 || reply.structured !== undefined ? 'tool_use' : 'end_turn';
}

export function outputTokensOf(blocks: readonly ReplyBlock[]): number {
  const tokens = blocks.map((block) =>
    tokensOf(block.type === 'text' ? block.text : `${block.name}${JSON.stringify(block.input)}`),
  );
  return Math.max(
    1,
    tokens.reduce((sum, each) => sum + each, 0),
  );
}

/** A message in the API's shape; `content` and the reason are filled in when it is not streamed. */
export function apiMessage(envelope: Envelope, content: readonly Json[], stopReason: StopReason | null): JsonObject {
  return {
    id: envelope.id,
    type: 'message',
    role: 'assistant',
    model: envelope.model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { ...apiUsage(envelope.usage), service_tier: 'standard' },
  };
}

export function apiUsage(usage: Usage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    ...(usage.webSearches !== undefined && { server_tool_use: { web_search_requests: usage.webSearches } }),
  };
}

/** The whole reply as JSON, for a request that does not stream. */
export function wholeMessage(reply: Reply, envelope: Envelope): string {
  const content = blocksOf(reply).map((block) =>
    block.type === 'text'
      ? block
      : { type: block.type, id: envelope.newToolId(), name: block.name, input: block.input },
  );
  return JSON.stringify(apiMessage(envelope, content, stopReasonOf(reply)));
}
