import { expect, test } from 'vitest';
import { edited, type Typed } from '../../webview/session/typing.ts';

const typed = (text: string): Typed => ({ text, pasted: [] });
const pasteInto = (before: Typed, text: string, caret = text.length): Typed =>
  edited(before, { text, caret, isPaste: true });
const typeInto = (before: Typed, text: string, caret = text.length): Typed =>
  edited(before, { text, caret, isPaste: false });

const PASTED = pasteInto(typed('a '), 'a two words');

test.each([
  { name: 'a paste of several words', after: PASTED, pieces: ['two words'] },
  { name: 'one of several lines', after: pasteInto(typed(''), 'one\n'), pieces: ['one\n'] },
  { name: 'one of a single word', after: pasteInto(typed('a '), 'a word'), pieces: [] },
  { name: 'one over what stood there', after: pasteInto(typed('old a'), 'b c'), pieces: ['b c'] },
  {
    name: 'a second one behind it',
    after: pasteInto(PASTED, 'a two words of more'),
    pieces: ['two words', ' of more'],
  },
  { name: 'the same letter typed before it', after: typeInto(PASTED, 'a ttwo words', 3), pieces: ['two words'] },
  { name: 'the same letter typed behind it', after: typeInto(PASTED, 'a two wordss'), pieces: ['two words'] },
  { name: 'something typed in it', after: typeInto(PASTED, 'a two, words', 6), pieces: ['two', ' words'] },
  { name: 'a piece of it deleted', after: typeInto(PASTED, 'a words', 2), pieces: ['words'] },
  { name: 'what stands before it deleted with its beginning', after: typeInto(PASTED, 'words', 0), pieces: ['words'] },
  { name: 'all of it deleted', after: typeInto(PASTED, 'a '), pieces: [] },
])('what is known to be pasted after $name', ({ after: { text, pasted }, pieces }) => {
  expect(pasted.map(({ start, end }) => text.slice(start, end))).toEqual(pieces);
});
