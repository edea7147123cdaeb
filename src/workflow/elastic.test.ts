import { expect, test } from 'vitest';
import { FakeClock } from '../engine/clock.fake.ts';
import { fakeModel, says } from '../engine/model.fake.ts';
import type { Event } from '../protocol/messages.ts';
import type { Concurrency } from '../protocol/run.ts';
import { fakeBriefing } from './briefing.fake.ts';
import { createFakeCommands } from './commands.fake.ts';
import { createFakeDefinitions } from './definitions.fake.ts';
import { createFakeFrontMatter } from './frontMatter.fake.ts';
import { createRuntime } from './createRuntime.ts';
import { elastic } from './elastic.ts';
import { Pool } from './pool.ts';
import { FakePressure } from './pressure.fake.ts';
import { fakeRunStore } from './runStore.fake.ts';
import { createFakeSandbox } from './sandbox.fake.ts';
import { createFakeWorkFiles } from './workFiles.fake.ts';
import { createFakeRepository } from './worktrees.fake.ts';

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function busyPool(size: number, agents: number) {
  const pool = new Pool(size);
  const ends: (() => void)[] = [];
  const runs = Array.from({ length: agents }, () =>
    pool.run(never, () => new Promise<void>((resolve) => ends.push(resolve))),
  );
  const end = async (many: number): Promise<void> => {
    for (const finish of ends.splice(0, many)) finish();
    await turn();
  };
  return { pool, runs, end };
}

test('W37 a pressed machine halves the agents at once; at ease they come back one by one', async () => {
  const { pool, runs, end } = busyPool(16, 40);
  const pressure = new FakePressure();
  const told: [number, string | null][] = [];
  const following = elastic(pool, pressure, (size, why) => told.push([size, why]));
  await turn();
  pressure.measure('high', 3);
  expect({ size: pool.size, running: pool.running }).toEqual({ size: 8, running: 16 });
  await end(8);
  expect(pool.running).toBe(8);
  pressure.measure('high');
  expect(pool.size).toBe(4);
  await end(4);
  pressure.measure('high');
  await end(2);
  pressure.measure('high', 5);
  expect(pool.size).toBe(2);
  pressure.measure('none', 3);
  expect(pool.size).toBe(5);
  pressure.measure('none', 30);
  expect(pool.size).toBe(16);
  expect(told).toEqual([
    [8, 'is short of memory'],
    [4, 'is short of memory'],
    [2, 'is short of memory'],
    [16, null],
  ]);
  following.dispose();
  expect(pressure.listeners).toBe(0);
  while (pool.running > 0) await end(16);
  await Promise.all(runs);
});

test.each([1, 2])('W37 a pool of %i is as small as it gets', async (size) => {
  const { pool, runs, end } = busyPool(size, size);
  const pressure = new FakePressure();
  elastic(pool, pressure, () => expect.unreachable());
  await turn();
  pressure.measure('high', 3);
  pressure.measure('none', 3);
  expect(pool.size).toBe(size);
  await end(size);
  await Promise.all(runs);
});

/** A run whose agents all wait until `answer` is called, on a machine that is pressed when the test says so. */
async function runOn(pressure: FakePressure, concurrency: Concurrency | undefined) {
  const clock = new FakeClock();
  const model = fakeModel(Array.from({ length: 40 }, () => says('done')));
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const repository = createFakeRepository();
  repository.setState({ kind: 'no-git', message: 'no git' });
  const missing = async () => ({ kind: 'missing', message: 'none' }) as const;
  let ids = 0;
  const runtime = createRuntime(
    {
      modelFor: () => ({ reply: (...asked) => answered.then(() => model.reply(...asked)) }),
      sandbox: createFakeSandbox(),
      worktrees: repository.worktrees,
      merge: repository.merge,
      files: createFakeWorkFiles(repository),
      commands: createFakeCommands(),
      store: fakeRunStore(),
      library: { byName: missing, byPath: missing, names: async () => [] },
      definitions: createFakeDefinitions(),
      frontMatter: createFakeFrontMatter(),
      schemaCheck: { problem: () => null, validate: () => ({ ok: true }) },
      pressure,
      clock,
      newId: () => `id${(ids += 1)}`,
      sha256: (text) => text,
      toolsFor: () => [],
      briefing: fakeBriefing(),
      permissionRules: async () => ({ rules: { allow: [], ask: [], deny: [] }, warnings: [] }),
    },
    { defaultModel: 'sonnet', modelSource: { kind: 'simulated', rulesText: null } },
  );
  const launched = await runtime.launch({
    script: `export const meta = { name: 'many', description: 'Many agents.' };
return parallel(Array.from({ length: 40 }, (_, n) => () => agent('Task ' + n)));`,
    cwd: '/repository',
    attended: false,
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const { runId } = launched;
  const events: Event[] = [];
  runtime.subscribe(runId, 1, (batch) => events.push(...batch));
  await turn();
  const sizes = (): readonly number[] =>
    events.flatMap((event) =>
      event.type === 'run.started' || event.type === 'run.changed' ? [event.concurrency] : [],
    );
  return { runtime, runId, events, sizes, finished: () => (answer(), runtime.finished(runId)) };
}

test('W37 a run that nobody gave a number follows the machine, says so, and ends with all of its agents', async () => {
  const pressure = new FakePressure();
  const { events, sizes, finished } = await runOn(pressure, undefined);
  pressure.measure('high');
  expect(sizes()).toEqual([16, 8]);
  const said = 'The machine is short of memory: at most 8 agents at once until that is over.';
  expect(events).toContainEqual(expect.objectContaining({ type: 'logged', level: 'warning', message: said }));
  pressure.measure('none', 20);
  expect(sizes()).toEqual([16, 8, 16]);
  const { end } = await finished();
  expect(end).toMatchObject({ status: 'completed' });
  expect(pressure.listeners).toBe(0);
});

test('W37 a number that a person names holds whatever the machine, at the launch or later', async () => {
  const pressure = new FakePressure();
  const fixed = await runOn(pressure, 12);
  const changed = await runOn(pressure, 'elastic');
  const { runtime, runId } = changed;
  runtime.dispatch({ type: 'run.set', commandId: 'c', runId, concurrency: 20 });
  pressure.measure('high', 3);
  expect(fixed.sizes()).toEqual([12]);
  expect(changed.sizes()).toEqual([16, 20]);
  expect(pressure.listeners).toBe(0);
  await Promise.all([fixed.finished(), changed.finished()]);
});

test('W37 a person hands a run back to the machine, and takes it again, while it goes on', async () => {
  const pressure = new FakePressure();
  const { runtime, runId, sizes, finished } = await runOn(pressure, 4);
  const set = (concurrency: Concurrency): void =>
    runtime.dispatch({ type: 'run.set', commandId: 'c', runId, concurrency });
  set('elastic');
  pressure.measure('high');
  expect(sizes()).toEqual([4, 16, 8]);
  // It is the machine's already: what it takes, it gives back.
  set('elastic');
  expect(sizes()).toEqual([4, 16, 8, 8]);
  expect(pressure.listeners).toBe(1);
  set(3);
  pressure.measure('none', 20);
  expect(sizes()).toEqual([4, 16, 8, 8, 3]);
  expect(pressure.listeners).toBe(0);
  set('elastic');
  await finished();
  expect(pressure.listeners).toBe(0);
});
