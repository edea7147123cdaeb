import { expect, test } from 'vitest';
import { FakeClock } from '../../engine/clock.fake.ts';
import { play, scriptOf } from '../../workflow/sandbox.contract.ts';
import { createQuickJsSandbox } from './quickJsSandbox.ts';

const sandbox = createQuickJsSandbox();

test('the first calls of a wide fan are made while it still computes', async () => {
  const script = scriptOf('for (let i = 0; i < 200; i++) agent("p" + i); for (;;);');
  const made: number[] = [];
  const run = sandbox.start(
    { script, fileName: 'test.js', args: undefined, budgetTotal: null },
    {
      runTime: new FakeClock(),
      effect: ({ id }) => {
        if (made.push(id) === 1) void run.dispose();
      },
      notice: () => undefined,
    },
  );
  // Heard only at the end of the turn, it would have been killed for taking too long.
  expect(await run.ended).toEqual({ kind: 'killed', message: 'The script was stopped.' });
  expect(made).toEqual([1]);
});

test('what a turn says in parts comes once, in order', async () => {
  const { effects, notices } = await play(
    sandbox,
    'for (let i = 0; i < 300; i++) { agent("p" + i); log("m" + i); } return 1',
  );
  expect(effects.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  expect(notices.filter(({ kind }) => kind === 'log')).toHaveLength(300);
});
