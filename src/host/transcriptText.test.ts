import { expect, test } from 'vitest';
import { fold } from '../projection/reduce.ts';
import { eventsOf, RUN_ID } from '../projection/runLog.fake.ts';
import { agentOf } from '../projection/agentTable.ts';
import { initialState, type AgentNode } from '../projection/state.ts';
import type { Message } from '../protocol/conversation.ts';
import { agentDetail } from './agentDetail.ts';
import { transcriptText } from './transcriptText.ts';

const agent = ((): AgentNode => {
  const events = eventsOf([
    { type: 'agent.queued', agentId: 'a1', kind: 'agent', label: 'look', phase: null, model: 'm', prompt: 'Look at…' },
  ]);
  const found = agentOf(fold(initialState(RUN_ID), events).agents, 'a1');
  if (!found) throw new Error('no agent');
  return found;
})();

const asked: Message = { role: 'user', content: [{ type: 'text', text: 'Look at it.' }] };
const calls: Message = {
  role: 'assistant',
  content: [{ type: 'tool_use', id: '1', name: 'Read', input: { path: 'a' } }],
};
const gets: Message = {
  role: 'user',
  content: [{ type: 'tool_result', toolUseId: '1', content: '```js\n1\n```', isError: false }],
};
const answers: Message = { role: 'assistant', content: [{ type: 'text', text: 'It is 1.' }] };
const structured: Message = {
  role: 'assistant',
  content: [{ type: 'tool_use', id: '2', name: 'StructuredOutput', input: { value: 1 } }],
};

test('a transcript says who says what, and no result breaks out of its fence', () => {
  const text = transcriptText(agent, [asked, calls, gets, answers]);
  expect(text).toContain('# look\n\nagent a1 · m · queued\n\n## Asked\n\nLook at it.\n\n## Calls Read\n\n```json\n');
  expect(text).toContain('## Gets\n\n````\n```js\n1\n```\n````\n\n## Says\n\nIt is 1.\n');
  const image = { mediaType: 'image/png', data: 'a'.repeat(4096) } as const;
  const shown: Message = {
    role: 'user',
    content: [{ type: 'tool_result', toolUseId: '1', content: 'x', isError: false, images: [image] }],
  };
  expect(transcriptText(agent, [shown])).toContain('```\nx\n[image/png, 3 KB]\n```');
  expect(transcriptText(agent, [])).toContain('It has not said anything yet.');
});

test('what every agent of a run is told stands behind what this one said', () => {
  const first: Message = {
    role: 'user',
    content: [
      { type: 'text', text: 'The rules.', shared: true },
      { type: 'text', text: 'Look at it.' },
    ],
  };
  const text = transcriptText(agent, [first, answers]);
  expect(text).toContain('queued\n\n## Asked\n\nLook at it.\n\n## Says\n\nIt is 1.\n\n## What every agent');
  expect(text).toMatch(/\n\nThe rules\.\n$/);
  expect(agentDetail(agent, [first, answers]).prompt).toBe('Look at it.');
});

test.each([
  { name: 'nothing yet', messages: [], detail: { prompt: 'Look at…', answer: null } },
  { name: 'asked', messages: [asked], detail: { prompt: 'Look at it.', answer: null } },
  { name: 'answered', messages: [asked, calls, gets, answers], detail: { prompt: 'Look at it.', answer: 'It is 1.' } },
  { name: 'in a form', messages: [asked, structured], detail: { prompt: 'Look at it.', answer: '{\n  "value": 1\n}' } },
])('the detail of an agent: $name', ({ messages, detail }) => {
  expect(agentDetail(agent, messages)).toMatchObject(detail);
});
