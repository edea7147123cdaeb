import { expect, test } from 'vitest';
import { BodyMemory } from './bodyMemory.ts';

test('what was given back is taken again, by one at a time', () => {
  const memory = new BodyMemory();
  const first = memory.take(100_000);
  expect(first.length).toBeGreaterThanOrEqual(100_000);
  expect(memory.take(100_000)).not.toBe(first);
  memory.giveBack(first);
  expect(memory.take(first.length)).toBe(first);
  expect(memory.take(1)).not.toBe(first);
});

test('one that is too short is left for others', () => {
  const memory = new BodyMemory();
  const short = memory.take(1);
  memory.giveBack(short);
  expect(memory.take(short.length + 1).length).toBeGreaterThan(short.length);
  expect(memory.take(1)).toBe(short);
});

test('what is kept has an end', () => {
  const memory = new BodyMemory();
  const large = Array.from({ length: 3 }, () => memory.take(16 * 1024 * 1024));
  for (const one of large) memory.giveBack(one);
  const again = large.map((one) => memory.take(one.length));
  expect(again.filter((one) => large.includes(one))).toHaveLength(2);
});
