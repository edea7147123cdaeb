import { expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { createGate } from './gate.ts';

const never = new AbortController().signal;

/** Work that ends when told to, and says when it starts. */
function work(started: string[], name: string) {
  let finish = (): void => undefined;
  const end = new Promise<void>((resolve) => (finish = resolve));
  return {
    finish: () => finish(),
    run: async () => {
      started.push(name);
      await end;
      return name;
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('W37 as many run at once as the gate lets through, first come first served', async () => {
  const gate = createGate(2);
  const started: string[] = [];
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(started, name)) as [Work, Work, Work, Work];
  const all = Promise.all([a, b, c, d].map(({ run }) => gate.run(run, never)));
  await turn();
  expect(started).toEqual(['a', 'b']);
  a.finish();
  await turn();
  expect(started).toEqual(['a', 'b', 'c']);
  for (const each of [b, c, d]) each.finish();
  expect(await all).toEqual(['a', 'b', 'c', 'd']);
});
type Work = ReturnType<typeof work>;

test('W37 a wider gate lets those in who wait', async () => {
  const gate = createGate(1);
  const started: string[] = [];
  const works = ['a', 'b', 'c'].map((name) => work(started, name));
  const all = Promise.all(works.map(({ run }) => gate.run(run, never)));
  await turn();
  expect(started).toEqual(['a']);
  gate.concurrency = 3;
  await turn();
  expect(started).toEqual(['a', 'b', 'c']);
  expect(gate.concurrency).toBe(3);
  for (const each of works) each.finish();
  await all;
});

test('who waits and is aborted leaves at once and never runs', async () => {
  const gate = createGate(1);
  const started: string[] = [];
  const first = work(started, 'first');
  const running = gate.run(first.run, never);
  const aborting = new AbortController();
  const waiting = gate.run(work(started, 'second').run, aborting.signal);
  aborting.abort();
  await expect(waiting).rejects.toBeInstanceOf(AbortError);
  first.finish();
  await running;
  await gate.run(async () => undefined, never);
  expect(started).toEqual(['first']);
});

test('W37 who has to wait is told, and when that is over: it begins, or is given up', async () => {
  const gate = createGate(1);
  const told: string[] = [];
  const queued = (name: string) => (over: Promise<null>) => {
    told.push(`${name} waits`);
    void over.then(() => told.push(`${name} no longer`));
  };
  const [first, second] = [work(told, 'first'), work(told, 'second')];
  const aborting = new AbortController();
  const all = [gate.run(first.run, never, queued('first')), gate.run(second.run, never, queued('second'))];
  const third = gate.run(work(told, 'third').run, aborting.signal, queued('third'));
  aborting.abort();
  await expect(third).rejects.toBeInstanceOf(AbortError);
  expect(told).toEqual(['second waits', 'third waits', 'first', 'third no longer']);
  told.length = 0;
  first.finish();
  second.finish();
  await Promise.all(all);
  expect(told).toEqual(['second', 'second no longer']);
});

test('a failure reaches who asked, and the gate goes on', async () => {
  const gate = createGate(1);
  await expect(gate.run(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  expect(await gate.run(async () => 1, never)).toBe(1);
});

test('a gate is never narrower than one', () => {
  const gate = createGate(2);
  gate.concurrency = 0;
  expect(gate.concurrency).toBe(1);
});
