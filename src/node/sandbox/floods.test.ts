import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { play } from '../../workflow/sandbox.contract.ts';
import type { Answer } from '../../workflow/sandbox.contract.ts';
import type { Notice } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

/** What a script can do in one turn, however much of it, leaves the host a bounded amount to keep. */
const sandbox = createQuickJsSandbox();
const MEGABYTE = 1_000_000;

const textOf = (notice: Notice): string => JSON.stringify(notice);

test('W33 a long line of the log says how much of it is left out', async () => {
  const { notices } = await play(sandbox, 'log("x".repeat(30000)); log("whole"); return 1;');
  const [cut, whole] = notices.flatMap((notice) => (notice.kind === 'log' ? [notice.message] : []));
  expect(cut).toMatch(/^x{20000}… \(30000 characters in all\)$/);
  expect(whole).toBe('whole');
});

test('W33 a script that says more than anybody reads does not fill the host, and is told so once', async () => {
  const body = `for (let turn = 0; turn < 10; turn++) {
      for (let n = 0; n < 100; n++) log("x".repeat(20000));
      await new Promise((wake) => setTimeout(wake, 1));
    }
    return 1;`;
  const { end, notices } = await play(sandbox, body);
  expect(end.kind).toBe('returned');
  const said = notices.flatMap((notice) => (notice.kind === 'log' ? [notice.message] : []));
  expect(said.join('').length).toBeLessThan(16.1 * MEGABYTE);
  expect(said.slice(-2)).toEqual([
    'The script says more than anybody reads: the rest of its log is left out.',
    expect.stringMatching(/^Lines of the log that were left out: 20\d$/) as unknown,
  ]);
});

test('W33 phases without end are shown in the last of a thousand, and their agents too', async () => {
  const body =
    'for (let n = 1; n <= 20000; n++) phase("p" + n); await agent("x"); phase("p7"); await agent("y"); phase("p1001"); return 1';
  const { effects, notices } = await play(sandbox, body);
  expect(notices.filter(({ kind }) => kind === 'phase')).toHaveLength(1001);
  expect(notices.filter(({ kind }) => kind === 'log')).toHaveLength(1);
  expect(effects.map(({ phase }) => phase)).toEqual(['p1000', 'p7']);
});

test('W33 the phase that it is in is not entered again', async () => {
  const { notices } = await play(sandbox, 'for (const title of ["a", "a", "b", "a"]) phase(title); return 1');
  expect(notices).toEqual(['a', 'b', 'a'].map((title) => ({ kind: 'phase', title })));
});

test('W33 phases in turn without end stop being told', async () => {
  const { notices } = await play(sandbox, 'for (let n = 0; n < 150000; n++) phase("p" + (n % 2)); return 1');
  expect(notices.length).toBeLessThan(100_010);
});

test('titles, errors and rejections of megabytes come as their beginnings', async () => {
  const body = `phase("t".repeat(5e6));
    await parallel([() => { throw new Error("e".repeat(5e6)) }, () => { const e = new Error("short"); e.name = "n".repeat(5e6); throw e }]);
    agent("fails").catch(() => { throw new Error("u".repeat(5e6)) });
    await agent("x");
    return 1`;
  const { end, notices } = await play(sandbox, body);
  expect(notices.map(({ kind }) => kind)).toEqual(['phase', 'failure', 'failure']);
  for (const notice of notices) expect(textOf(notice).length).toBeLessThan(5000);
  expect(end.kind === 'returned' && end.unhandled.map((text) => text.slice(0, 3))).toEqual(['uuu']);
  expect(JSON.stringify(end).length).toBeLessThan(5000);
});

test('an error of megabytes that ends the script is told as its beginning', async () => {
  const { end } = await play(sandbox, 'throw new Error("y".repeat(2e7))');
  expect(end).toMatchObject({ kind: 'threw', error: { message: expect.stringMatching(/^y{4000}… /) as unknown } });
  expect(JSON.stringify(end).length).toBeLessThan(10_000);
});

test('of rejections without end the first are listed and the others counted', async () => {
  const { end } = await play(sandbox, 'for (let n = 0; n < 500; n++) parallel(n); return 1');
  const unhandled = end.kind === 'returned' ? end.unhandled : [];
  expect(unhandled).toHaveLength(101);
  expect(unhandled.at(-1)).toContain('and 400 more');
});

test('W23 a slot that comes to nothing has its cause, however much the script has said', async () => {
  const body = `for (let n = 0; n < 100001; n++) log("x");
    return await parallel([() => { throw new Error("one") }, () => { throw new Error("two") }])`;
  const { notices } = await play(sandbox, body);
  const failed = notices.flatMap((notice) => (notice.kind === 'failure' ? [notice.message.slice(0, 3)] : []));
  expect(failed).toEqual(['one', 'two']);
});

test('W23 failures without end are counted where they are no longer listed', async () => {
  const body = `for (let round = 0; round < 10; round++)
      await parallel(Array.from({ length: 4000 }, (_, n) => () => { throw new Error("e" + round + n) }));
    return 1`;
  const { notices } = await play(sandbox, body);
  const failed = notices.flatMap((notice) => (notice.kind === 'failure' ? [notice] : []));
  expect(failed.length).toBeLessThan(20_002);
  expect(failed.at(-1)?.where).toBe('and more');
  expect(failed.reduce((sum, { times = 1 }) => sum + times, 0)).toBe(40_000);
});

test('W20 a prompt larger than any model reads is refused with its size', async () => {
  const { end, effects } = await play(sandbox, 'return await agent("x".repeat(5e6)).catch((e) => [e.name, e.message])');
  expect(effects).toEqual([]);
  const message =
    'agent() was given 5000004 characters and takes 4000000 at most: give each its part, or let agents read it from a file.';
  expect(end).toMatchObject({ kind: 'returned', value: ['RangeError', message] });
});

test('of calls that the host has not answered it holds so many, the others wait', async () => {
  let [open, highest] = [0, 0];
  const answer: Answer = async () => {
    highest = Math.max(highest, (open += 1));
    await setImmediate();
    await setImmediate();
    open -= 1;
    return { value: 1 };
  };
  const body = 'return (await Promise.all(Array.from({ length: 12000 }, (_, n) => agent("x")))).length';
  const { end, effects } = await play(sandbox, body, { answer });
  expect(end).toMatchObject({ kind: 'returned', value: 12_000 });
  expect(highest).toBeLessThanOrEqual(10_000);
  expect(effects.map(({ id }) => id)).toEqual(Array.from({ length: 12_000 }, (_, n) => n + 1));
});

test('and so many characters of them: what waits is told in its order, once there is room', () => {
  const told: number[] = [];
  const { send, answered } = outbox((json) => told.push(json.length));
  for (const length of [200_000_000, 50_000_000, 30_000_000, 1]) send({ length });
  expect(told).toEqual([200_000_000, 50_000_000]);
  answered(200_000_000);
  expect(told).toEqual([200_000_000, 50_000_000, 30_000_000, 1]);
});

/** A text of so many characters. */
interface Sized {
  readonly length: number;
}

function outbox(tell: (json: Sized) => void) {
  const realm = {
    mapGet: (map: Map<unknown, unknown>, key: unknown) => map.get(key),
    mapSet: (map: Map<unknown, unknown>, key: unknown, value: unknown) => map.set(key, value),
    mapDelete: (map: Map<unknown, unknown>, key: unknown) => map.delete(key),
    Map,
  };
  const context = { guestRealm: realm } as { makeOutbox?: unknown };
  runInNewContext(readFileSync(join(import.meta.dirname, 'guestOutbox.js'), 'utf8'), context);
  const make = context.makeOutbox as (given: { tell: (json: Sized) => void }) => {
    send: (json: Sized) => void;
    answered: (length: number) => void;
  };
  return make({ tell });
}
