import type Anthropic from '@anthropic-ai/sdk';
import type { ModelRequest } from '../engine/model.ts';
import { capabilitiesOf, effortFor } from '../protocol/capabilities.ts';
import type { AssistantBlock, Message, ToolResultBlock, UserBlock } from '../protocol/conversation.ts';

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
  const tools = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    input_schema: tool.inputSchema as Anthropic.Messages.Tool.InputSchema,
  }));
  const messages = request.messages.map(messageOf);
  if (cache) {
    markShared(request.messages[0], messages[0]);
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
const WEB_SEARCH = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 } as const;

interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

function messageOf(message: Message): WireMessage {
  const content =
    message.role === 'user' ? message.content.flatMap(userBlock) : message.content.flatMap(assistantBlock);
  // The API takes neither an empty text nor a message without content.
  return { role: message.role, content: content.length > 0 ? content : [{ type: 'text', text: '(nothing)' }] };
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
function markShared(message: Message | undefined, wire: WireMessage | undefined): void {
  const shared = message?.content.find((block) => block.type === 'text' && block.shared);
  const block = wire?.content.find((one) => one.type === 'text' && shared?.type === 'text' && one.text === shared.text);
  if (block?.type === 'text') block.cache_control = EPHEMERAL;
}

function markTail(messages: WireMessage[]): void {
  const block = messages.at(-1)?.content.at(-1);
  if (block?.type === 'text' || block?.type === 'tool_result' || block?.type === 'tool_use') {
    block.cache_control = EPHEMERAL;
  }
}
