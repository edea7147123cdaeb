import { systemText, type ApiBlock, type ApiMessage, type ApiRequest } from './request.ts';
import { STRUCTURED_OUTPUT } from './reply.ts';

/** How `node/briefing` begins what it tells: a brain that looks for a file's name must not find it in the map of the project. */
export const PROJECT_HEAD = '<project>';

/** How `workflow/openConversation` begins an agent's first message: where it works, the date, and the skills it has. */
const TOLD_BEFORE =
  /^Your working directory is [^]*?\n\n(?:(?:Skills that you can load|How the [^\n]* wants this done)[^\n]*\n<(skills?)\b[^]*?<\/\1>[^]*?(?:\n\n|$))*/;

export interface SeenCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface SeenResult {
  readonly id: string;
  /** Of the tool that was called. */
  readonly name: string;
  readonly content: string;
  readonly isError: boolean;
}

/** A message without the API's block shapes. */
export interface SeenMessage {
  readonly role: 'user' | 'assistant' | 'system';
  /** Its text blocks, joined by line breaks, without what all agents of a run are told about their project. */
  readonly text: string;
  readonly calls: readonly SeenCall[];
  readonly results: readonly SeenResult[];
}

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly [key: string]: unknown };
}

/** A request as a brain wants to see it. What is not looked at is not computed. */
export class RequestView {
  readonly request: ApiRequest;
  /** How many requests for a reply came before this one. */
  readonly number: number;
  #messages: readonly SeenMessage[] | undefined;
  #tools: readonly OfferedTool[] | undefined;

  constructor(request: ApiRequest, number: number) {
    this.request = request;
    this.number = number;
  }

  get model(): string {
    return this.request.model;
  }

  /** The system prompt's blocks, joined by line breaks. */
  get system(): string {
    return systemText(this.request);
  }

  get messages(): readonly SeenMessage[] {
    return (this.#messages ??= seenMessages(this.request.messages));
  }

  /** The text of the first user message. */
  get prompt(): string {
    return this.messages.find((message) => message.role === 'user')?.text ?? '';
  }

  /** The same without what an agent is told before its task. */
  get task(): string {
    return this.prompt.replace(TOLD_BEFORE, '');
  }

  /** The text of the last user message, without tool results. */
  get lastText(): string {
    return this.#lastUser?.text ?? '';
  }

  /** The last user message's tool results and text, in this order, joined by line breaks. */
  get last(): string {
    const message = this.#lastUser;
    return message === undefined
      ? ''
      : [...message.results.map((result) => result.content), message.text].filter(Boolean).join('\n');
  }

  /** What the tools called last gave back; empty when the last message has no results. */
  get results(): readonly SeenResult[] {
    return this.#lastUser?.results ?? [];
  }

  /** Every tool call of the conversation so far, in order. */
  get calls(): readonly SeenCall[] {
    return this.messages.flatMap((message) => message.calls);
  }

  /** Assistant turns so far: 0 in an agent's first request. */
  get turn(): number {
    return this.request.messages.filter((message) => message.role === 'assistant').length;
  }

  get tools(): readonly OfferedTool[] {
    return (this.#tools ??= (this.request.tools ?? []).map((tool) => ({
      name: tool.name,
      description: tool.description ?? '',
      inputSchema: tool.input_schema,
    })));
  }

  /** The schema that the answer must satisfy; absent when no `StructuredOutput` tool is offered. */
  get schema(): { readonly [key: string]: unknown } | undefined {
    return this.tools.find((tool) => tool.name === STRUCTURED_OUTPUT)?.inputSchema;
  }

  get #lastUser(): SeenMessage | undefined {
    return this.messages.findLast((message) => message.role === 'user');
  }
}

function seenMessages(messages: readonly ApiMessage[]): readonly SeenMessage[] {
  const names = new Map<string, string>();
  return messages.map(({ role, content }) => {
    const blocks: readonly ApiBlock[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const calls = blocks.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    );
    for (const call of calls) names.set(call.id, call.name);
    const texts = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    const text = texts.filter((one) => !one.startsWith(PROJECT_HEAD)).join('\n');
    return { role, text, calls, results: blocks.flatMap((block) => seenResult(block, names)) };
  });
}

function seenResult(block: ApiBlock, names: ReadonlyMap<string, string>): readonly SeenResult[] {
  if (block.type !== 'tool_result') return [];
  const content =
    typeof block.content === 'string'
      ? block.content
      : (block.content ?? [])
          .map((part) => (typeof part['text'] === 'string' ? part['text'] : `[${part.type}]`))
          .join('\n');
  const id = block.tool_use_id;
  return [{ id, name: names.get(id) ?? '', content, isError: block.is_error === true }];
}
