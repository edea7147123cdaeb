import type { AgentNode } from '../projection/state.ts';
import { textOf, toolCallsOf, withoutShared, type AssistantMessage, type Message } from '../protocol/conversation.ts';
import type { AgentDetail } from '../protocol/wire.ts';

/** What an agent was asked and what it answered, from its transcript; from the events while it has none. */
export function agentDetail(agent: AgentNode, messages: readonly Message[]): AgentDetail {
  const [first] = withoutShared(messages.slice(0, 1)).own;
  const asked =
    first?.role === 'user' ? first.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])) : [];
  const last = messages.findLast((message) => message.role === 'assistant');
  return {
    agentId: agent.id,
    prompt: asked.length > 0 ? asked.join('\n\n') : agent.prompt,
    answer: (last && answerOf(last)) ?? (agent.preview === '' ? null : agent.preview),
  };
}

/** An answer in a form is the input of a tool call of its own. */
function answerOf(message: AssistantMessage): string | null {
  const answer = toolCallsOf(message).find((call) => call.name === 'StructuredOutput');
  if (answer) return JSON.stringify(answer.input, null, 2);
  const text = textOf(message).trim();
  return text === '' ? null : text;
}
