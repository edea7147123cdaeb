import { expect, test } from 'vitest';
import { settleAll } from './settleAll.ts';

test('rejects with the first rejection, and only when all have settled', async () => {
  let release = (): void => undefined;
  let ended = false;
  const slow = new Promise<void>((resolve) => (release = resolve)).then(() => (ended = true));
  const all = settleAll<unknown>([Promise.reject(new Error('first')), slow, Promise.reject(new Error('second'))]);
  const early = await Promise.race([
    all.catch(() => 'rejected'),
    new Promise((resolve) => setImmediate(resolve, 'waits')),
  ]);
  expect(early).toBe('waits');
  release();
  await expect(all).rejects.toThrow('first');
  expect(ended).toBe(true);
  expect(await settleAll([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});
