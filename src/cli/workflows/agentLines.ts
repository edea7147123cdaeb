import { textOf, toolCallsOf, withoutShared, type Message } from '../../protocol/conversation.ts';
import type { AgentNode } from '../../projection/state.ts';
import { manyLines, oneLine, type Line } from '../view/cells.ts';
import { agentFigures } from './runLines.ts';
import { wrapCells } from './wrapCells.ts';

/** The tool by which an agent answers in the form that was asked for. */
const STRUCTURED_OUTPUT = 'StructuredOutput';

/** What an agent was asked and what it answered, whole. `messages` null: its transcript was not read yet. */
export function agentLines(
  agent: AgentNode,
  messages: readonly Message[] | null,
  { now, columns }: { readonly now: number; readonly columns: number },
): readonly Line[] {
  const { own } = withoutShared(messages ?? []);
  const asked = own.flatMap((message) => (message.role === 'user' ? [message.content] : []))[0] ?? [];
  const prompt = asked.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
  const result = own.map(answerOf).findLast((text) => text !== '') ?? '';
  return [
    [{ text: oneLine(agent.label), look: 'bold' }],
    [{ text: `${agent.cause ?? agent.status}  ${agentFigures(agent, now).trim()}  ${oneLine(agent.model)}` }],
    ...(agent.message === null ? [] : section('Why', agent.message, columns)),
    ...section('Prompt', prompt === '' ? agent.prompt : prompt, columns),
    ...section(agent.status === 'done' ? 'Result' : 'Said last', result === '' ? agent.preview : result, columns),
  ];
}

/** What the model said, or the object that it answered with; empty: neither. */
function answerOf(message: Message): string {
  if (message.role === 'user') return '';
  const object = toolCallsOf(message).findLast(({ name }) => name === STRUCTURED_OUTPUT);
  return object ? JSON.stringify(object.input, null, 2) : textOf(message).trim();
}

function section(title: string, text: string, columns: number): readonly Line[] {
  const shown = manyLines(text).replaceAll('\t', '  ').trim();
  return [
    [],
    [{ text: title, look: 'bold' }],
    ...wrapCells(shown === '' ? 'nothing yet' : shown, columns - 2).map((line) => [{ text: `  ${line}` }]),
  ];
}
