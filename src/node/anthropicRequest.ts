import type Anthropic from '@anthropic-ai/sdk';
import { MAX_WEB_SEARCHES, type ModelRequest, type ToolSpec } from '../engine/model.ts';
import { capabilitiesOf, effortFor } from '../protocol/capabilities.ts';
import type { AssistantBlock, JsonSchema, Message, ToolResultBlock, UserBlock } from '../protocol/conversation.ts';

type Params = Anthropic.Messages.MessageCreateParamsStreaming;
type Block = Anthropic.Messages.ContentBlockParam;

type ResultContent = NonNullable<Anthropic.Messages.ToolResultBlockParam['content']>;

const EPHEMERAL = { type: 'ephemeral' } as const;

/**
 * The request as the Messages API takes it. With `cache`, breakpoints stand after tools and system prompt (which come
 * first in the prefix, in this order), after what all agents of a run are told, and at the conversation's tail, where
 * they move along with every turn.
 */
export function paramsOf(request: ModelRequest, cache: boolean): Params {
  const tools = toolsOf(request.tools);
  const messages = request.messages.map(messageOf);
  if (cache) {
    markShared(request.messages[0], messages);
    markTail(messages);
  }
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    stream: true,
    messages,
    ...(tools.length > 0 && { tools: cache && request.system === '' ? markLast(tools) : tools }),
    ...(request.webSearch && { tools: [...tools, WEB_SEARCH] }),
    ...(request.system !== '' && {
      system: cache ? [{ type: 'text', text: request.system, cache_control: EPHEMERAL }] : request.system,
    }),
    ...effortOf(request),
  };
}

/** Nothing for a model without levels: it would refuse the field. Where thinking has to be asked for, effort asks for it. */
function effortOf({ model, effort: asked }: ModelRequest): Pick<Params, 'output_config' | 'thinking'> {
  const capabilities = capabilitiesOf(model);
  const effort = asked === undefined ? null : effortFor(capabilities, asked);
  if (effort === null) return {};
  return {
    output_config: { effort },
    ...(capabilities.thinking === 'asked' && { thinking: { type: 'adaptive' as const } }),
  };
}

/** The first version of it: later ones run the model's code at the service to sift what was found. */
const WEB_SEARCH = { type: 'web_search_20250305', name: 'web_search', max_uses: MAX_WEB_SEARCHES } as const;

/** A message as the API takes it; it is sent again with each turn, so that its bytes are kept with it. */
class WireMessage {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
  #bytes: Uint8Array | null = null;

  constructor(role: WireMessage['role'], content: Block[]) {
    this.role = role;
    this.content = content;
  }

  /** Of its JSON, behind a comma. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= behindComma(this));
  }
}

/**
 * The body of a request, in UTF-8, at the beginning of what `memory` gives for so many bytes. Each turn sends the whole
 * conversation again, and all agents of a kind the same tools: what a message or a tool is on the wire, and its bytes, is
 * made once.
 */
export function bodyOf({ messages, tools, ...rest }: Params, memory: (bytes: number) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(JSON.stringify(rest).slice(0, -1))];
  if (tools !== undefined) list(parts, ',"tools":[', tools);
  list(parts, ',"messages":[', messages);
  parts.push(CLOSE_ALL);
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  const body = memory(bytes).subarray(0, bytes);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

const CLOSE_LIST = Buffer.from(']');
const CLOSE_ALL = Buffer.from('}');

function list(parts: Uint8Array[], opening: string, values: readonly object[]): void {
  parts.push(Buffer.from(opening));
  for (const [index, value] of values.entries()) {
    const bytes = value instanceof WireMessage ? value.bytes : keptBytes(value);
    parts.push(index === 0 ? bytes.subarray(1) : bytes);
  }
  parts.push(CLOSE_LIST);
}

const written = new WeakMap<object, Uint8Array>();
const wire = new WeakMap<Message, WireMessage>();
/** By their schemas, which all agents are shown alike. */
const wireTools = new WeakMap<JsonSchema, Anthropic.Messages.Tool>();

function keptBytes(value: object): Uint8Array {
  const known = written.get(value);
  if (known !== undefined) return known;
  const bytes = behindComma(value);
  written.set(value, bytes);
  return bytes;
}

const behindComma = (value: object): Uint8Array => Buffer.from(`,${JSON.stringify(value)}`);

function toolsOf(specs: readonly ToolSpec[]): Anthropic.Messages.Tool[] {
  return specs.map(({ name, description, inputSchema }) => {
    const known = wireTools.get(inputSchema);
    if (known?.name === name && known.description === description) return known;
    const tool = { name, description, input_schema: inputSchema as Anthropic.Messages.Tool.InputSchema };
    wireTools.set(inputSchema, tool);
    return tool;
  });
}

function messageOf(message: Message): WireMessage {
  const known = wire.get(message);
  if (known) return known;
  const content =
    message.role === 'user' ? message.content.flatMap(userBlock) : message.content.flatMap(assistantBlock);
  // The API takes neither an empty text nor a message without content.
  const made = new WireMessage(message.role, content.length > 0 ? content : [{ type: 'text', text: '(nothing)' }]);
  wire.set(message, made);
  return made;
}

function userBlock(block: UserBlock): Block[] {
  if (block.type === 'text') return textBlock(block.text);
  return [
    {
      type: 'tool_result',
      tool_use_id: block.toolUseId,
      content: resultContent(block),
      ...(block.isError && { is_error: true }),
    },
  ];
}

/** A text where that says it all, as servers take it that know no pictures. */
function resultContent({ content, images = [] }: ToolResultBlock): ResultContent {
  if (images.length === 0) return content;
  const pictures = images.map(({ mediaType, data }) => ({
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: mediaType, data },
  }));
  return content.trim() === '' ? pictures : [{ type: 'text', text: content }, ...pictures];
}

function assistantBlock(block: AssistantBlock): Block[] {
  switch (block.type) {
    case 'text':
      return textBlock(block.text);
    case 'tool_use':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: objectInput(block.input) }];
    case 'opaque':
      return [block.raw as unknown as Block];
  }
}

function textBlock(text: string): Block[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

/** The API takes objects only, also for the broken input that the model is about to be told of. */
function objectInput(input: unknown): object {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { unreadable_input: input };
}

function markLast<T extends object>(tools: readonly T[]): T[] {
  return tools.map((tool, index) => (index === tools.length - 1 ? { ...tool, cache_control: EPHEMERAL } : tool));
}

/** Within the first message alone: a request may have four breakpoints. */
function markShared(message: Message | undefined, messages: WireMessage[]): void {
  const shared = message?.content.find((block) => block.type === 'text' && block.shared);
  if (shared?.type !== 'text') return;
  markAt(messages, 0, (block) => block.type === 'text' && block.text === shared.text);
}

function markTail(messages: WireMessage[]): void {
  const tail = messages.at(-1)?.content.at(-1);
  if (tail?.type === 'text' || tail?.type === 'tool_result' || tail?.type === 'tool_use')
    markAt(messages, messages.length - 1, (block) => block === tail);
}

/** Puts a copy with the mark into the place of a message: the message itself is used again next time. */
function markAt(messages: WireMessage[], at: number, isMeant: (block: Block) => boolean): void {
  const message = messages[at];
  if (!message) return;
  const place = message.content.findIndex(isMeant);
  const content = message.content.map((block, index) =>
    index === place ? ({ ...block, cache_control: EPHEMERAL } as Block) : block,
  );
  messages[at] = new WireMessage(message.role, content);
}
