import type Anthropic from '@anthropic-ai/sdk';
import type { ModelRequest } from '../engine/model.ts';
import { capabilitiesOf, effortFor } from '../protocol/capabilities.ts';
import type { AssistantBlock, Message, UserBlock } from '../protocol/conversation.ts';

type Params = Anthropic.Messages.MessageCreateParamsStreaming;
type Block = Anthropic.Messages.ContentBlockParam;

const EPHEMERAL = { type: 'ephemeral' } as const;

/**
 * The request as the Messages API takes it. With `cache`, breakpoints stand after tools and system prompt (which come
 * first in the prefix, in this order) and at the conversation's tail, where they move along with every turn.
 */
export function paramsOf(request: ModelRequest, cache: boolean): Params {
  const tools = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    input_schema: tool.inputSchema as Anthropic.Messages.Tool.InputSchema,
  }));
  const messages = request.messages.map(messageOf);
  if (cache) markTail(messages);
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    stream: true,
    messages,
    ...(tools.length > 0 && { tools: cache && request.system === '' ? markLast(tools) : tools }),
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
      content: block.content,
      ...(block.isError && { is_error: true }),
    },
  ];
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

function markTail(messages: WireMessage[]): void {
  const block = messages.at(-1)?.content.at(-1);
  if (block?.type === 'text' || block?.type === 'tool_result' || block?.type === 'tool_use') {
    block.cache_control = EPHEMERAL;
  }
}
