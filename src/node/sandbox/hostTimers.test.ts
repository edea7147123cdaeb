import { expect, test } from 'vitest';
import { FakeClock } from '../../engine/clock.fake.ts';
import { scriptOf } from '../../workflow/sandbox.contract.ts';
import type { Effect } from '../../workflow/sandbox.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

function start(body: string, clock: FakeClock) {
  const effects: Effect[] = [];
  const run = createQuickJsSandbox({ clock }).start(
    { script: scriptOf(body), fileName: 'test.js', args: undefined, budgetTotal: null },
    { effect: (effect) => effects.push(effect), notice: () => undefined },
  );
  return { run, effects };
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
