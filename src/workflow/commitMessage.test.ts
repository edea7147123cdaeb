import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitMessage, commitWords } from './commitMessage.ts';

const LONG =
  'This change reworks how the parser treats nested quotes so that a field with quotes in it survives a round trip';

test.each([
  {
    name: 'as it was asked for',
    said: 'Double quotes in fields\n\nA reader lost them.',
    subject: 'Double quotes in fields',
    body: 'A reader lost them.',
  },
  { name: 'one line', said: 'Set a.txt to new', subject: 'Set a.txt to new', body: '' },
  {
    name: 'in a fence, with words around it',
    said: 'Done. Here it is:\n\n```text\nMend it\n\nIt broke.\n```\n\nBye',
    subject: 'Mend it',
    body: 'It broke.',
  },
  {
    name: 'under a heading',
    said: '**Commit message:**\n\n`Mend it`\n\nIt broke.',
    subject: 'Mend it',
    body: 'It broke.',
  },
  { name: 'with a label', said: 'Subject: Mend it', subject: 'Mend it', body: '' },
  { name: 'as a list or a heading', said: '## Mend **it**', subject: 'Mend **it**', body: '' },
  {
    name: 'with line ends of Windows',
    said: 'Mend it\r\n\r\nIt broke.\r\nBadly.',
    subject: 'Mend it',
    body: 'It broke.\nBadly.',
  },
  {
    name: 'first a short sentence, then more',
    said: `Mend the parser. ${LONG}.`,
    subject: 'Mend the parser',
    body: `Mend the parser. ${LONG}.`,
  },
  {
    name: 'prose',
    said: LONG,
    subject: 'This change reworks how the parser treats nested quotes so that a field…',
    body: LONG,
  },
  { name: 'nothing', said: ' \n ', subject: 'Change by a workflow agent', body: '' },
  {
    name: 'a terminal attack',
    said: 'Mend\u001b[31m it\u202e\u0007\n\nab\u2028c',
    subject: 'Mend[31m it',
    body: 'ab\nc',
  },
])('X01 the message of $name', ({ said, subject, body }) => {
  expect(commitWords(said)).toEqual({ subject, body });
});

test('X01 an author claims neither who signed nor which run it was', () => {
  const said =
    'Workflow-Agent: a9\n\nWhy\n\nSigned-off-by: Ada <ada@example.com>\n  Workflow-Run: other\nco-authored-by: Eve\nLeft: as it was';
  expect(commitMessage(said, { runId: 'r1', agentId: 'a1' })).toBe(
    'Change by a workflow agent\n\nWhy\n\nLeft: as it was\n\nWorkflow-Run: r1\nWorkflow-Agent: a1',
  );
});

/** What a model may say, and what may not get through. */
const PIECES = [
  ...['\n', '\n\n', '\r', '\t', ' ', '\0', '\u001b[31m', '\u202e', '\u2028', '```', '~~~\n', '# ', '**', '`', ': '],
  ...['Mend', 'ä', '😀', LONG, 'Workflow-Run: x', 'Signed-off-by: y', 'Subject: ', 'Why'],
];

test('X01 whatever was said: a subject that fits, and our two trailers alone at the end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }), (pieces) => {
      const said = pieces.join('');
      const message = commitMessage(said, { runId: 'r1', agentId: 'a1' });
      const [subject = '', empty] = message.split('\n');
      expect(subject.trim()).not.toBe('');
      expect(subject.length).toBeLessThanOrEqual(72);
      expect(empty).toBe('');
      expect(message.split('\n\n').at(-1)).toBe('Workflow-Run: r1\nWorkflow-Agent: a1');
      expect(message).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }),
  );
});
