import { expect, test } from 'vitest';
import { fromPerson } from './fromPerson.ts';
import { slashCommand } from './slash.ts';

test('the agent is told of it beside the words, which stay as they are', () => {
  expect(fromPerson('just this')).toEqual({ by: 'person', text: 'just this', prompt: 'just this' });
  const { text, prompt } = fromPerson('use a workflow');
  expect(text).toBe('use a workflow');
  expect(prompt).toMatch(/^use a workflow\n\n\(The person asks for a workflow\. Load the skill workflow-authoring/);
  expect(fromPerson('use a workflow', true).prompt).toBe('use a workflow');
});

test.each([
  { typed: '/effort high', command: { name: 'effort', rest: 'high' } },
  { typed: ' /help ', command: { name: 'help', rest: '' } },
  {
    typed: '/goal check: npm test\n&& npm run lint',
    command: { name: 'goal', rest: 'check: npm test\n&& npm run lint' },
  },
  { typed: '/etc/hosts is wrong', command: null },
  { typed: 'say /help', command: null },
  { typed: '/', command: null },
])('a command or not: $typed', ({ typed, command }) => {
  expect(slashCommand(typed)).toEqual(command);
});
