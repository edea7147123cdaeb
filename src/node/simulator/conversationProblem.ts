import type { ApiBlock, ApiMessage, ApiPrompt } from './request.ts';

/** At most so many blocks carry `cache_control`: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
const MAX_BREAKPOINTS = 4;

/** What the real API refuses beyond types, in its words; undefined when the request is acceptable. */
export function conversationProblem(prompt: ApiPrompt): string | undefined {
  return toolsProblem(prompt) ?? breakpointProblem(prompt) ?? messagesProblem(prompt.messages);
}

function toolsProblem({ tools = [] }: ApiPrompt): string | undefined {
  const names = new Set(tools.map((tool) => tool.name));
  return names.size < tools.length ? 'tools: Tool names must be unique.' : undefined;
}

function breakpointProblem(prompt: ApiPrompt): string | undefined {
  const system = typeof prompt.system === 'object' ? prompt.system : [];
  const blocks = prompt.messages.flatMap((message) => (typeof message.content === 'string' ? [] : message.content));
  const marked = [...(prompt.tools ?? []), ...system, ...blocks].filter((block) => block['cache_control'] != null);
  if (marked.length <= MAX_BREAKPOINTS) return undefined;
  return `A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${marked.length}.`;
}

function messagesProblem(all: readonly ApiMessage[]): string | undefined {
  const messages = all.filter((message) => message.role !== 'system');
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  const seen = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const before = messages[at - 1];
    const last = at === messages.length - 1;
    const problem =
      (before?.role === message.role
        ? `roles must alternate between "user" and "assistant", but found multiple "${message.role}" roles in a row`
        : undefined) ??
      emptyProblem(message, last) ??
      (message.role === 'user'
        ? resultsProblem(message, before)
        : (repeatedIdProblem(message, seen) ?? unansweredProblem(message, last)));
    if (problem !== undefined) return `messages.${all.indexOf(message)}: ${problem}`;
  }
  return undefined;
}

function emptyProblem(message: ApiMessage, last: boolean): string | undefined {
  if (message.content.length === 0) {
    if (last && message.role === 'assistant') return undefined;
    return 'all messages must have non-empty content except for the optional final assistant message';
  }
  const empty = blocksOf(message).some((block) => block.type === 'text' && block.text === '');
  return empty ? 'text content blocks must be non-empty' : undefined;
}

/** Results come first, answer the message before, each call once. */
function resultsProblem(message: ApiMessage, before: ApiMessage | undefined): string | undefined {
  const called = new Set(before === undefined ? [] : toolIds(before));
  const answered = new Set<string>();
  let others = false;
  for (const [at, block] of blocksOf(message).entries()) {
    if (block.type !== 'tool_result') {
      others = true;
      continue;
    }
    const id = block.tool_use_id;
    if (!called.has(id)) {
      return `content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
    if (answered.has(id))
      return `each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`;
    if (others) return unanswered([id]);
    answered.add(id);
  }
  const missing = [...called].filter((id) => !answered.has(id));
  return missing.length > 0 ? unanswered(missing) : undefined;
}

function repeatedIdProblem(message: ApiMessage, seen: Set<string>): string | undefined {
  for (const id of toolIds(message)) {
    if (seen.has(id)) return '`tool_use` ids must be unique';
    seen.add(id);
  }
  return undefined;
}

/** A last assistant message is continued by the model, which it cannot be while its calls have no results. */
function unansweredProblem(message: ApiMessage, last: boolean): string | undefined {
  const ids = toolIds(message);
  return last && ids.length > 0 ? unanswered(ids) : undefined;
}

function unanswered(ids: readonly string[]): string {
  return `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

function blocksOf(message: ApiMessage): readonly ApiBlock[] {
  return typeof message.content === 'string' ? [] : message.content;
}

function toolIds(message: ApiMessage): readonly string[] {
  return blocksOf(message).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
}
