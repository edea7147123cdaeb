import { expect, test } from 'vitest';
import { Waiters } from './waiters.ts';

const { signal: never } = new AbortController();

test('all that wait go on in the order in which they came, and each but once', async () => {
  const waiters = new Waiters();
  const gone: string[] = [];
  const both = ['first', 'second'].map((name) => waiters.next(never).then(() => gone.push(name)));
  waiters.wake();
  await Promise.all(both);
  waiters.wake();
  expect(gone).toEqual(['first', 'second']);
});

test('whoever is ended leaves with an abort, also before it came, and the others stay', async () => {
  const waiters = new Waiters();
  const ended = new AbortController();
  const [leaves, stays] = [waiters.next(ended.signal), waiters.next(never)];
  ended.abort();
  await expect(leaves).rejects.toMatchObject({ name: 'AbortError' });
  await expect(waiters.next(ended.signal)).rejects.toMatchObject({ name: 'AbortError' });
  waiters.wake();
  await expect(stays).resolves.toBeUndefined();
});
