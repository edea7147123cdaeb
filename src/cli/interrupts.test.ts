import { expect, test } from 'vitest';
import { Interrupts } from './interrupts.ts';
import { fakeIo } from './io.fake.ts';

test('the first asks to stop, the second leaves at once, after the terminal was tidied', () => {
  const io = fakeIo();
  const said: string[] = [];
  const interrupts = new Interrupts(io);
  interrupts.handle(
    () => said.push('stop'),
    () => said.push(`tidy, exits so far: ${io.exits.length}`),
  );
  io.interrupt();
  expect({ said, exits: io.exits, asked: interrupts.asked }).toEqual({ said: ['stop'], exits: [], asked: true });
  io.interrupt();
  expect({ said, exits: io.exits }).toEqual({ said: ['stop', 'tidy, exits so far: 0'], exits: [130] });
  interrupts.dispose();
  io.interrupt();
  expect(io.exits).toEqual([130]);
});

test('one that comes before there is anything to stop is not forgotten', () => {
  const io = fakeIo();
  const interrupts = new Interrupts(io);
  io.interrupt();
  const said: string[] = [];
  interrupts.handle(
    () => said.push('stop'),
    () => undefined,
  );
  expect(said).toEqual(['stop']);
  interrupts.dispose();
});
