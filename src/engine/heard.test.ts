import { expect, test } from 'vitest';
import { userText, type Message, type UserMessage } from '../protocol/conversation.ts';
import { heardWords, unheard } from './heard.ts';

const told = (...said: readonly string[]): UserMessage => userText(heardWords(said));
const kept = (message: UserMessage): UserMessage => ({ ...message, compacted: true });
const TASK = userText('task');
const AND_AGAIN = userText(`${heardWords(['one'])}\n\nHand it in again.`);

test.each<{ name: string; said: readonly string[]; history: readonly Message[]; left: readonly string[] }>([
  { name: 'nothing yet', said: ['one'], history: [TASK], left: ['one'] },
  { name: 'several at once', said: ['one', 'two', 'three'], history: [TASK, told('one', 'two')], left: ['three'] },
  { name: 'with what to do about it', said: ['one', 'two'], history: [AND_AGAIN], left: ['two'] },
  { name: 'the same words twice, told once', said: ['go on', 'go on'], history: [told('go on')], left: ['go on'] },
  { name: 'and told twice', said: ['go on', 'go on'], history: [told('go on'), told('go on')], left: [] },
  { name: 'words of an earlier one', said: ['do not stop', 'stop'], history: [told('do not stop')], left: ['stop'] },
  { name: 'its first words', said: ['a\n\nb', 'a'], history: [told('a\n\nb')], left: ['a'] },
  { name: 'one that was never told stands before others', said: ['x', 'y'], history: [told('y')], left: ['x'] },
  {
    name: 'what a compaction has kept is no second telling',
    said: ['go on', 'go on'],
    history: [TASK, told('go on'), kept(TASK), told('go on'), kept(TASK), told('go on')],
    left: ['go on'],
  },
  {
    name: 'what came behind one is',
    said: ['go on', 'go on'],
    history: [TASK, told('go on'), kept(TASK), told('go on'), told('go on')],
    left: [],
  },
])('W46 of what was said to an agent it has not heard: $name', ({ said, history, left }) => {
  expect(unheard(said, history)).toEqual(left);
});
