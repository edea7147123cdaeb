import { expect, test } from 'vitest';
import { VirtualClock } from './virtualClock.ts';

const never = new AbortController().signal;

test('X08 a clock that stands: each step wakes who sleeps shortest, and of several the first', async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  for (const [name, ms] of [
    ['late', 90],
    ['first', 30],
    ['second', 30],
    ['now', -5],
  ] as const)
    void clock.sleep(ms, never).then(() => woken.push(`${name} ${clock.now()}`));
  while (clock.next()) await Promise.resolve();
  expect(woken).toEqual(['now 0', 'first 30', 'second 30', 'late 90']);
});

test('X08 who sleeps wakes with the cause it fell asleep with', () => {
  const clock = new VirtualClock();
  clock.cause = 'a1';
  void clock.sleep(10, never);
  clock.cause = 'a2';
  void clock.sleep(5, never);
  clock.next();
  expect(clock.cause).toBe('a2');
  clock.next();
  expect(clock.cause).toBe('a1');
});

test('X08 an aborted sleep ends at once and is not counted', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(10, abort.signal);
  abort.abort('enough');
  await expect(sleeping).rejects.toThrow('enough');
  expect(clock.next()).toBe(false);
});
