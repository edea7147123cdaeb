import type { Json, JsonObject } from './json.ts';

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  /** What stands up to here is the same for many agents: a prompt cache may end behind it. */
  readonly shared?: true;
}

export interface ToolCall {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  /** As the model wrote it: unparsed and hostile until a tool's schema took it. */
  readonly input: unknown;
}

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** A picture that a tool shows the model. */
export interface ToolImage {
  readonly mediaType: (typeof IMAGE_TYPES)[number];
  /** Base64. */
  readonly data: string;
}

/** What stands for it where only text can be shown. */
export function imageLine({ mediaType, data }: ToolImage): string {
  return `[${mediaType}, ${Math.ceil(((data.length / 4) * 3) / 1024)} KB]`;
}

export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly toolUseId: string;
  readonly content: string;
  readonly isError: boolean;
  /** Never of an error: no service takes them there. */
  readonly images?: readonly ToolImage[];
}

/** A block that only the provider understands (thinking and its signature): handed back as it came. */
export interface OpaqueBlock {
  readonly type: 'opaque';
  readonly raw: JsonObject;
}

export type AssistantBlock = TextBlock | ToolCall | OpaqueBlock;
export type UserBlock = TextBlock | ToolResultBlock;

export interface UserMessage {
  readonly role: 'user';
  readonly content: readonly UserBlock[];
  /** In a transcript: the conversation begins here once more, shorter, and takes the place of all that stands before. */
  readonly compacted?: true;
}
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: readonly AssistantBlock[];
  /** Why it is no whole answer: its length limit cut it, or the model refused. For transcripts; no model is sent it. */
  readonly stopped?: 'max-tokens' | 'refusal';
}

/** A turn of a conversation, provider-neutral. It is what a transcript stores, one a line. */
export type Message = UserMessage | AssistantMessage;

/** JSON Schema as a script or tool wrote it. */
export type JsonSchema = { readonly [key: string]: Json };

/** In a transcript: the agent begins anew here, and what stands before is forgotten. */
export const BEGUN_ANEW: UserMessage = { role: 'user', content: [] };

/** What all agents of a run were told alike, apart from what this one said and heard. */
export function withoutShared(messages: readonly Message[]): {
  readonly shared: readonly string[];
  readonly own: readonly Message[];
} {
  const shared: string[] = [];
  const own = messages.map((message): Message => {
    if (message.role === 'assistant') return message;
    const content = message.content.filter((block) => block.type !== 'text' || block.shared !== true);
    if (content.length === message.content.length) return message;
    for (const block of message.content) if (block.type === 'text' && block.shared) shared.push(block.text);
    return { ...message, content };
  });
  return { shared, own };
}

export function userText(text: string): UserMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

export function textOf(message: AssistantMessage): string {
  return message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('');
}

export function toolCallsOf(message: AssistantMessage): readonly ToolCall[] {
  return message.content.filter((block) => block.type === 'tool_use');
}
