import type { AgentNode } from '../projection/state.ts';
import {
  imageLine,
  withoutShared,
  type AssistantBlock,
  type Message,
  type UserBlock,
} from '../protocol/conversation.ts';

/** An agent's conversation as Markdown: who says what, which tools were called with what, and what came back. */
export function transcriptText(agent: AgentNode, messages: readonly Message[]): string {
  const head = [`# ${agent.label}`, `${agent.kind} ${agent.id} · ${agent.model} · ${agent.status}`];
  if (agent.message !== null) head.push(agent.message);
  const { shared, own } = withoutShared(messages);
  const turns = own.flatMap(({ role, content }) => content.map((block) => blockText(role, block)));
  const said = turns.filter((turn) => turn !== '');
  // Last, since nobody opens a transcript for it.
  const told = shared.map((text) => `## What every agent of this run was told first\n\n${text.trim()}`);
  return `${[...head, ...(said.length === 0 ? ['It has not said anything yet.'] : said), ...told].join('\n\n')}\n`;
}

function blockText(role: Message['role'], block: AssistantBlock | UserBlock): string {
  switch (block.type) {
    case 'text':
      return `## ${role === 'user' ? 'Asked' : 'Says'}\n\n${block.text.trim()}`;
    case 'tool_use':
      return `## Calls ${block.name}\n\n${fenced(JSON.stringify(block.input, null, 2), 'json')}`;
    case 'tool_result':
      return `## ${block.isError ? 'Gets an error' : 'Gets'}\n\n${fenced([block.content, ...(block.images ?? []).map(imageLine)].join('\n'))}`;
    case 'opaque':
      return '';
  }
}

/** The fence is longer than any in the text. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}
