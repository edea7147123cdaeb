import { expect, test } from 'vitest';
import type { EventBody } from '../../protocol/messages.ts';
import { PLAIN, renderLine } from '../view/cells.ts';
import { HALF_WAY, stateOf, eventsOf } from '../view/runEvents.fake.ts';
import { answerKey, NO_ANSWER, questionLines } from './answering.ts';

const permission: EventBody = {
  ...{ type: 'permission.asked', requestId: 'p1', agentId: 'a2', tool: 'Bash', summary: 'rm -rf \u001b[2J/' },
};
const question = (choices: readonly string[]): EventBody => ({
  ...{ type: 'question.asked', requestId: 'q1', question: 'Which one?', phase: null, choices },
});

/** What keys answer, and those that were not taken. */
function keyed(asked: EventBody, keys: string) {
  const state = stateOf(eventsOf([...HALF_WAY, asked]));
  let answering = NO_ANSWER;
  const [answers, left]: [object[], string[]] = [[], []];
  for (const key of keys) {
    const { taken, next, answer } = answerKey(state, answering, key);
    answering = next;
    if (answer) answers.push(answer);
    if (!taken) left.push(key);
  }
  return { answers, left: left.join('') };
}

test.each([
  { asked: permission, keys: 'y', answers: [{ reply: { allow: true } }], left: '' },
  { asked: permission, keys: 'jpx', answers: [], left: 'jpx' },
  { asked: permission, keys: 'djx\r', answers: [{ reply: { allow: false, reason: 'jx' } }], left: '' },
  { asked: question(['red', 'blue']), keys: 'q2', answers: [{ answer: 'blue' }], left: 'q' },
  { asked: question(['red', 'blue']), keys: '\r9', answers: [], left: '\r9' },
  { asked: question([]), keys: 'jajq\r', answers: [{ answer: 'jq' }], left: 'j' },
  { asked: question([]), keys: 'aj\u001bq', answers: [], left: 'q' },
])('$keys', ({ asked, keys, answers, left }) => {
  const done = keyed(asked, keys);
  expect(done).toMatchObject({ answers, left });
  expect(done.answers).toHaveLength(answers.length);
});

test('what is asked is shown whole, with what cannot be seen named; elsewhere without keys', () => {
  const state = stateOf(eventsOf([...HALF_WAY, permission]));
  const text = (own: boolean): readonly string[] =>
    questionLines(state, { own, answering: NO_ANSWER, columns: 40 }).map((line) => renderLine(line, 40, PLAIN));
  expect(text(true)).toMatchInlineSnapshot(`
    [
      "? fix src/money.js asks to use Bash: rm",
      "-rf ⟨U+001B⟩[2J/",
      "  y allow once · n deny · d deny with a…",
    ]
  `);
  expect(text(false).at(-1)).toBe('  It is answered where the run was star…');
});
