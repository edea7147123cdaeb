import { expect, test } from 'vitest';
import { FakeClock } from '../../engine/clock.fake.ts';
import { scriptOf } from '../../workflow/sandbox.contract.ts';
import type { Effect, Notice } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

/** Without a clock the script's own timers are the thread's. */
function start(body: string, clock?: FakeClock, runTime = new FakeClock()) {
  const effects: Effect[] = [];
  const notices: Notice[] = [];
  let heard: () => void = () => undefined;
  const noticed = new Promise<void>((resolve) => (heard = resolve));
  const notice = (said: Notice): void => {
    notices.push(said);
    heard();
  };
  const run = createQuickJsSandbox(clock && { clock }).start(
    { script: scriptOf(body), fileName: 'test.js', args: undefined, budgetTotal: null },
    { runTime, effect: (effect) => effects.push(effect), notice },
  );
  return { run, effects, notices, noticed };
}

const WAITS = 'const wait = (ms) => new Promise((woken) => setTimeout(woken, ms)); ';

test('a script waits by the clock it is given, and an hour takes no time', async () => {
  const clock = new FakeClock();
  const { run } = start(
    `${WAITS} const lost = setTimeout(() => { throw new Error("never") }, 5); clearTimeout(lost); await wait(3600000); return "woke"`,
    clock,
  );
  await run.atRest();
  expect(clock.sleeping).toBe(1);
  await clock.advance(3_600_000);
  expect(await run.ended).toMatchObject({ kind: 'returned', value: 'woke' });
  await run.dispose();
});

test('at rest, a script has said all that came of what it was told', async () => {
  const { run, effects } = start(
    'for (let n = 0; ; n += 1) { await agent("a" + n); for (let m = 0; m < 1000; m += 1) await null }',
    new FakeClock(),
  );
  for (let n = 1; n <= 20; n += 1) {
    await run.atRest();
    expect(effects).toHaveLength(n);
    run.settle({ id: n, ok: true, value: 'x', spent: 0, total: null });
  }
  await run.dispose();
});

test('whoever waits for the rest of a script that ends is not left waiting, and its timers are gone', async () => {
  const clock = new FakeClock();
  const { run } = start(`${WAITS} await wait(1000)`, clock);
  await run.atRest();
  const resting = [run.atRest(), run.atRest()];
  await run.dispose();
  await Promise.all([...resting, run.atRest()]);
  expect(clock.sleeping).toBe(0);
});

const LATE = `${WAITS} return await parallel(
  [() => agent('a'), async () => { await wait(5); log('woke'); return 'woke' }], { deadlineMs: 5 })`;

test("X06 a deadline goes by the run's time, the script's own timers by the thread's", async () => {
  const runTime = new FakeClock();
  const { run, notices, noticed } = start(LATE, undefined, runTime);
  await noticed;
  await run.atRest();
  expect(notices).toEqual([{ kind: 'log', level: 'info', message: 'woke' }]);
  await runTime.advance(5);
  expect(await run.ended).toMatchObject({ kind: 'returned', value: [null, 'woke'] });
  await run.dispose();
});

test("X06 a deadline goes by the run's time, the script's own timers by the clock that it is given", async () => {
  const [clock, runTime] = [new FakeClock(), new FakeClock()];
  const { run, notices } = start(LATE, clock, runTime);
  await run.atRest();
  expect([clock.sleeping, runTime.sleeping]).toEqual([1, 1]);
  await runTime.advance(5);
  expect(await run.ended).toMatchObject({ kind: 'returned', value: [null, null] });
  expect(notices).toMatchObject([{ kind: 'left', missing: [0, 1] }]);
  await run.dispose();
  expect(clock.sleeping).toBe(0);
});

test('X06 a deadline that nobody waits for any more is taken back', async () => {
  const runTime = new FakeClock();
  const { run } = start(`await parallel([() => 1], { deadlineMs: 3600000 }); await agent('a')`, undefined, runTime);
  await run.atRest();
  expect(runTime.sleeping).toBe(0);
  await run.dispose();
});
