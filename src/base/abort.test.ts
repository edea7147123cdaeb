import { describe, expect, test } from 'vitest';
import { AbortError, isAbort, onAbort, untilAborted } from './abort.ts';

describe('listening to a signal', () => {
  test('all who listen are called once, in the order in which they came', () => {
    const controller = new AbortController();
    const called: string[] = [];
    for (const name of ['one', 'two', 'three']) onAbort(controller.signal, () => called.push(name));
    controller.abort();
    controller.abort();
    expect(called).toEqual(['one', 'two', 'three']);
  });

  test('who has stopped listening is not called, and may stop again', () => {
    const controller = new AbortController();
    const called: string[] = [];
    const [first, middle, last] = ['first', 'middle', 'last'].map((name) =>
      onAbort(controller.signal, () => called.push(name)),
    );
    middle?.dispose();
    middle?.dispose();
    onAbort(controller.signal, () => called.push('late'));
    last?.dispose();
    controller.abort();
    first?.dispose();
    expect(called).toEqual(['first', 'late']);
  });

  test('one of them may stop another while they are called, and who comes then is called at once', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => {
      called.push('first');
      second.dispose();
      onAbort(controller.signal, () => called.push('came meanwhile'));
    });
    const second = onAbort(controller.signal, () => called.push('second'));
    onAbort(controller.signal, () => called.push('third'));
    controller.abort();
    expect(called).toEqual(['first', 'came meanwhile', 'third']);
  });
});

test('a wait ends with the signal, whatever becomes of what it waits for', async () => {
  const controller = new AbortController();
  const waiting = untilAborted(new Promise<never>(() => undefined), controller.signal);
  controller.abort('enough');
  const error: unknown = await waiting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AbortError);
  expect([isAbort(error), (error as AbortError).message]).toEqual([true, 'enough']);
  await expect(untilAborted(Promise.resolve('done'), new AbortController().signal)).resolves.toBe('done');
});
