import { expect, test } from 'vitest';
import { isAbort } from '../../base/abort.ts';
import { PathTurns } from './pathTurns.ts';

const never = new AbortController().signal;

/** Notes when each begins, and ends it on demand. */
function stage() {
  const turns = new PathTurns();
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<undefined>>();
  const take = (name: string, paths: readonly string[], signal = never): Promise<boolean> => {
    const gate = Promise.withResolvers<undefined>();
    gates.set(name, gate);
    return turns.within(paths, signal, async (waited) => {
      begun.push(name);
      await gate.promise;
      return waited;
    });
  };
  const end = async (name: string): Promise<void> => {
    gates.get(name)?.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { take, begun, end };
}

test('the same path: one after the other, in their order; another path: at once', async () => {
  const { take, begun, end } = stage();
  const all = [take('one', ['a', 'b']), take('two', ['b', 'c']), take('three', ['c']), take('four', ['d'])];
  await end('');
  expect(begun).toEqual(['one', 'four']);
  await end('one');
  expect(begun).toEqual(['one', 'four', 'two']);
  await end('two');
  expect(begun).toEqual(['one', 'four', 'two', 'three']);
  await end('three');
  await end('four');
  expect(await Promise.all(all)).toEqual([false, true, true, false]);
});

test('one that is aborted while it waits lets nobody past those before it', async () => {
  const { take, begun, end } = stage();
  const aborted = new AbortController();
  const one = take('one', ['a']);
  const two = take('two', ['a'], aborted.signal);
  const three = take('three', ['a']);
  aborted.abort();
  expect(isAbort(await two.catch((error: unknown) => error))).toBe(true);
  expect(begun).toEqual(['one']);
  await end('one');
  expect(begun).toEqual(['one', 'three']);
  await end('three');
  await Promise.all([one, three]);
});

test('nor one that asks only after it has given up', async () => {
  const { take, begun, end } = stage();
  const aborted = new AbortController();
  const one = take('one', ['a']);
  const two = take('two', ['a'], aborted.signal);
  aborted.abort();
  await two.catch(() => undefined);
  const three = take('three', ['a']);
  await end('');
  expect(begun).toEqual(['one']);
  await end('one');
  await end('three');
  expect(await Promise.all([one, three])).toEqual([false, true]);
});

test('one that fails ends its turn too, and a path that nobody holds is free at once', async () => {
  const turns = new PathTurns();
  const failing = turns.within(['a'], never, () => Promise.reject(new Error('no')));
  const next = turns.within(['a'], never, (waited) => Promise.resolve(waited));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe(true);
  expect(await turns.within(['a'], never, (waited) => Promise.resolve(waited))).toBe(false);
});
