import { expect, test } from 'vitest';
import { fakeIo } from '../io.fake.ts';
import { PLAIN } from '../view/cells.ts';
import { FullScreen } from './fullScreen.ts';

const line = (text: string) => [{ text }];

test('only rows that have changed are written, and nothing when none has', () => {
  const io = fakeIo({ terminal: { columns: 80, rows: 24 } });
  const screen = new FullScreen(io, PLAIN);
  expect(io.out()).toBe('\u001b[?1049h\u001b[?25l');
  screen.draw([line('one'), line('two')]);
  const first = io.out().length;
  screen.draw([line('one'), line('two')]);
  expect(io.out()).toHaveLength(first);
  screen.draw([line('one'), line('three')]);
  expect(io.out().slice(first)).toBe('\u001b[?2026h\u001b[2;1Hthree\u001b[K\u001b[?2026l');
});

test('a change of size draws all anew, in that size', () => {
  const terminal = { columns: 80, rows: 24 };
  const io = fakeIo({ terminal });
  const screen = new FullScreen(io, PLAIN);
  screen.draw([line('one word'), line('two')]);
  const first = io.out().length;
  Object.assign(terminal, { columns: 5, rows: 1 });
  screen.draw([line('one word'), line('two')]);
  expect(io.out().slice(first)).toBe('\u001b[?2026h\u001b[2J\u001b[1;1Hone…\u001b[K\u001b[?2026l');
});

test.each(['dispose', 'end'] as const)('the terminal is as it was after %s, once', (how) => {
  const io = fakeIo({ terminal: { columns: 80, rows: 24 } });
  const screen = new FullScreen(io, PLAIN);
  if (how === 'end') io.end();
  screen.dispose();
  screen.draw([line('late')]);
  expect(io.out()).toBe('\u001b[?1049h\u001b[?25l\u001b[?25h\u001b[?1049l');
});
