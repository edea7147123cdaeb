import {
  imageLine,
  withoutShared,
  type AssistantBlock,
  type Message,
  type UserBlock,
} from '../../protocol/conversation.ts';
import type { AgentNode } from '../../projection/state.ts';
import type { Line } from './cells.ts';
import { manyLines, oneLine } from './cells.ts';

/** An agent's conversation for reading: who says what, which tools were called with what and what came back. */
export function transcriptText(agent: AgentNode, messages: readonly Message[]): readonly Line[] {
  const head: Line = [
    { text: `${agent.id} ${oneLine(agent.label)}`, look: 'bold' },
    { text: `  ${agent.status}, ${oneLine(agent.model)}` },
  ];
  if (messages.length === 0) return [head, [{ text: 'It has not said anything.' }]];
  const { shared, own } = withoutShared(messages);
  // Last, since nobody reads a transcript for it.
  const told = shared.flatMap((text): readonly Line[] => [
    [],
    [{ text: 'what every agent of this run was told first', look: 'bold' }],
    ...indented(text),
  ]);
  return [head, ...own.flatMap((message) => [[], ...turn(message)]), ...told];
}

function turn(message: Message): readonly Line[] {
  return message.content.flatMap((block) => blockLines(message.role, block));
}

function blockLines(role: Message['role'], block: AssistantBlock | UserBlock): readonly Line[] {
  switch (block.type) {
    case 'text':
      return [[{ text: role === 'user' ? 'asked' : 'says', look: 'bold' }], ...indented(block.text)];
    case 'tool_use':
      return [
        [{ text: `calls ${oneLine(block.name)}`, look: 'bold' }],
        ...indented(JSON.stringify(block.input, null, 2)),
      ];
    case 'tool_result':
      return [
        [{ text: block.isError ? 'gets an error' : 'gets', look: block.isError ? 'bad' : 'bold' }],
        ...indented([block.content, ...(block.images ?? []).map(imageLine)].join('\n')),
      ];
    case 'opaque':
      return [];
  }
}

function indented(text: string): readonly Line[] {
  return manyLines(text)
    .trimEnd()
    .split('\n')
    .map((line) => [{ text: `  ${line}` }]);
}
