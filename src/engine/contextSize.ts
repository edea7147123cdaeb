import type { AssistantBlock, JsonSchema, Message, UserBlock } from '../protocol/conversation.ts';
import { resultChars } from './images.ts';
import type { ModelRequest, ToolSpec } from './model.ts';

/** Characters that make a token, where no reply has told yet. Code has fewer than prose. */
const CHARS_A_TOKEN = 3.5;
/** What a provider counts otherwise (a cache, dropped thoughts) must not lead the estimate astray. */
const FEWEST_CHARS = 2;
const MOST_CHARS = 6;

const sizes = new WeakMap<Message, number>();
/** All agents are shown the same few schemas. */
const schemaSizes = new WeakMap<JsonSchema, number>();

interface Known {
  readonly request: Pick<ModelRequest, 'system' | 'tools'>;
  /** Input tokens of the last request, which had all but the last two of `messages`; 0: not known. */
  readonly usedTokens: number;
}

/** How many tokens a request with some messages would have, by what the last one had. */
export function sizer(
  messages: readonly Message[],
  { request, usedTokens }: Known,
): (some: readonly Message[]) => number {
  const fixed = request.system.length + toolChars(request.tools);
  const asked = fixed + charsOf(messages.slice(0, -2));
  const seen = usedTokens > 0 ? asked / usedTokens : CHARS_A_TOKEN;
  const chars = Math.min(MOST_CHARS, Math.max(FEWEST_CHARS, seen));
  return (some) => Math.ceil((fixed + charsOf(some)) / chars);
}

/** How many tokens a request with all of `messages` would have. */
export function nextTokens(messages: readonly Message[], known: Known): number {
  const tokensOf = sizer(messages, known);
  if (known.usedTokens === 0) return tokensOf(messages);
  return known.usedTokens + tokensOf(messages.slice(-2)) - tokensOf([]);
}

export function charsOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + messageChars(message), 0);
}

function messageChars(message: Message): number {
  const known = sizes.get(message);
  if (known !== undefined) return known;
  const blocks: readonly (AssistantBlock | UserBlock)[] = message.content;
  const chars = blocks.reduce((sum, block) => sum + blockChars(block), 0);
  sizes.set(message, chars);
  return chars;
}

function blockChars(block: AssistantBlock | UserBlock): number {
  switch (block.type) {
    case 'text':
      return block.text.length;
    case 'tool_result':
      return resultChars(block);
    case 'tool_use':
      return block.name.length + JSON.stringify([block.input]).length;
    case 'opaque':
      return JSON.stringify(block.raw).length;
  }
}

function toolChars(tools: readonly ToolSpec[]): number {
  return tools.reduce((chars, { name, description, inputSchema }) => {
    const schema = schemaSizes.get(inputSchema) ?? JSON.stringify(inputSchema).length;
    schemaSizes.set(inputSchema, schema);
    return chars + name.length + description.length + schema;
  }, 0);
}
