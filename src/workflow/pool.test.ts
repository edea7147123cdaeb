import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pool, type Slot } from './pool.ts';

function gateOf() {
  let open = (): void => undefined;
  const closed = new Promise<void>((resolve) => (open = resolve));
  return { closed, open };
}

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const counts = ({ running, waiting, lent }: Pool) => ({ running, waiting, lent });

describe('pool', () => {
  test('W37 runs at most its size at once, first come first served', async () => {
    const pool = new Pool(2);
    const gates = [gateOf(), gateOf(), gateOf(), gateOf()];
    const started: number[] = [];
    const runs = gates.map((gate, index) =>
      pool.run(never, async () => {
        started.push(index);
        await gate.closed;
      }),
    );
    await turn();
    expect(started).toEqual([0, 1]);
    expect({ running: pool.running, waiting: pool.waiting }).toEqual({ running: 2, waiting: 2 });
    gates[1]?.open();
    await turn();
    expect(started).toEqual([0, 1, 2]);
    for (const gate of gates) gate.open();
    await Promise.all(runs);
    expect(started).toEqual([0, 1, 2, 3]);
    expect({ running: pool.running, waiting: pool.waiting }).toEqual({ running: 0, waiting: 0 });
  });

  test('an aborted task that waits never starts and gives its place up', async () => {
    const pool = new Pool(1);
    const gate = gateOf();
    const abort = new AbortController();
    const started: string[] = [];
    const first = pool.run(never, () => gate.closed);
    const second = pool.run(abort.signal, async () => void started.push('second'));
    const third = pool.run(never, async () => void started.push('third'));
    abort.abort('no longer needed');
    await expect(second).rejects.toThrow('no longer needed');
    gate.open();
    await Promise.all([first, third]);
    expect(started).toEqual(['third']);
  });

  test.each<{ name: string; before: (pool: Pool) => void; after: (pool: Pool) => void; order: readonly string[] }>([
    { name: 'keeps its place', before: () => undefined, after: () => undefined, order: ['first', 'second'] },
    {
      name: 'waits while nothing may start, ahead of those that have not',
      before: (pool) => pool.pause(),
      after: (pool) => pool.resume(),
      order: ['first', 'second'],
    },
    {
      name: 'gives way when fewer are to work at once',
      before: (pool) => pool.resize(1),
      after: () => undefined,
      order: ['other', 'first', 'second'],
    },
  ])('W46 a task that begins anew $name', async ({ before, after, order }) => {
    const pool = new Pool(2);
    const [gate, other] = [gateOf(), gateOf()];
    const ended: string[] = [];
    const runs = [
      pool.run(never, async (slot) => {
        await gate.closed;
        await slot.again(never);
        ended.push('first');
      }),
      pool.run(never, async () => {
        await other.closed;
        ended.push('other');
      }),
      pool.run(never, async () => void ended.push('second')),
    ];
    before(pool);
    gate.open();
    await turn();
    after(pool);
    await turn();
    other.open();
    await Promise.all(runs);
    expect(ended.slice(0, order.length)).toEqual(order);
    expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 0 });
  });

  test('a task that throws gives its slot back', async () => {
    const pool = new Pool(1);
    await expect(pool.run(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await pool.run(never, async () => 'next')).toBe('next');
  });

  test('growing it starts those who wait', async () => {
    const pool = new Pool(1);
    const gate = gateOf();
    const runs = [1, 2, 3].map(() => pool.run(never, () => gate.closed));
    await turn();
    expect(pool.running).toBe(1);
    pool.resize(3);
    expect(pool.running).toBe(3);
    gate.open();
    await Promise.all(runs);
  });

  test('W37 a lent slot goes to the next, and comes back ahead of all that have not started', async () => {
    const pool = new Pool(1);
    const [asked, second] = [gateOf(), gateOf()];
    const steps: string[] = [];
    const first = pool.run(never, async (slot) => {
      steps.push('first asks');
      await slot.lend(never, () => asked.closed);
      steps.push('first goes on');
    });
    const others = ['second', 'third'].map((name) =>
      pool.run(never, async () => {
        steps.push(name);
        await second.closed;
      }),
    );
    await turn();
    expect(steps).toEqual(['first asks', 'second']);
    expect(counts(pool)).toEqual({ running: 1, waiting: 1, lent: 1 });
    asked.open();
    await turn();
    expect(steps).toEqual(['first asks', 'second']);
    second.open();
    await Promise.all([first, ...others]);
    expect(steps).toEqual(['first asks', 'second', 'first goes on', 'third']);
    expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 0 });
  });

  test('a lent slot whose wait fails comes back before the failure does; after an abort it does not', async () => {
    const pool = new Pool(1);
    const abort = new AbortController();
    const seen: string[] = [];
    await pool.run(never, async (slot) => {
      await slot.lend(never, () => Promise.reject(new Error('no answer'))).catch(() => seen.push(`${pool.running}`));
    });
    const other = gateOf();
    const aborted = pool.run(never, async (slot) => {
      await slot.lend(abort.signal, () => Promise.resolve());
    });
    const blocking = pool.run(never, () => other.closed);
    await turn();
    abort.abort('over');
    await expect(aborted).rejects.toThrow('over');
    expect(seen).toEqual(['1']);
    other.open();
    await blocking;
    expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 0 });
  });

  test('of two waits of one agent the first to end takes the slot back, the second finds it there', async () => {
    const pool = new Pool(1);
    const [one, two] = [gateOf(), gateOf()];
    const run = pool.run(never, async (slot) => {
      await Promise.all([slot.lend(never, () => one.closed), slot.lend(never, () => two.closed)]);
      return 'done';
    });
    await turn();
    expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 1 });
    one.open();
    await turn();
    expect(counts(pool)).toEqual({ running: 1, waiting: 0, lent: 0 });
    two.open();
    expect(await run).toBe('done');
  });

  test('a wait that outlives its agent takes no slot', async () => {
    const pool = new Pool(1);
    const late = gateOf();
    let left: Promise<void> = Promise.resolve();
    await pool.run(never, async (slot) => {
      left = slot.lend(never, () => late.closed);
    });
    late.open();
    await left;
    expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 0 });
  });

  test('W37 many that wait let no more newcomers start, and get their slots back all the same', async () => {
    const pool = new Pool(1);
    const answer = gateOf();
    let begun = 0;
    const runs = Array.from({ length: 100 }, () =>
      pool.run(never, async (slot) => {
        begun += 1;
        await slot.lend(never, () => answer.closed);
      }),
    );
    await turn();
    expect(begun).toBe(64);
    expect(counts(pool)).toEqual({ running: 0, waiting: 36, lent: 64 });
    answer.open();
    await Promise.all(runs);
    expect(begun).toBe(100);
  });

  test('W46 while it is paused nothing starts and nobody gets a slot back; what works goes on', async () => {
    const pool = new Pool(1);
    const [answer, work] = [gateOf(), gateOf()];
    const steps: string[] = [];
    const runs = [
      pool.run(never, (slot) => slot.lend(never, () => answer.closed).then(() => steps.push('back'))),
      pool.run(never, () => work.closed.then(() => steps.push('worked'))),
    ];
    await turn();
    pool.pause();
    runs.push(pool.run(never, async () => steps.push('started')));
    answer.open();
    work.open();
    await turn();
    expect(steps).toEqual(['worked']);
    pool.resume();
    await Promise.all(runs);
    expect(steps).toEqual(['worked', 'back', 'started']);
  });

  interface Task {
    readonly turns: number;
    readonly fails: boolean;
    readonly lends: number;
    readonly abortedAfter: number | null;
  }
  const task: fc.Arbitrary<Task> = fc.record({
    turns: fc.nat(4),
    fails: fc.boolean(),
    lends: fc.nat(3),
    abortedAfter: fc.option(fc.nat(6), { nil: null }),
  });
  const action = fc.record({ after: fc.nat(12), to: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('pause')) });

  test('W37 whatever ends, fails, waits, is aborted, resized or paused: never above its size, in order, none lost', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(task, { maxLength: 30 }),
        fc.array(action, { maxLength: 4 }),
        async (size, tasks, actions) => {
          const pool = new Pool(size);
          const seen = { working: 0, above: 0, whilePaused: 0, started: [] as number[] };
          let pauses = 0;
          const begin = (fresh?: number): void => {
            seen.working += 1;
            if (pool.running > pool.size) seen.above = Math.max(seen.above, pool.running);
            if (fresh !== undefined) seen.started.push(fresh);
          };
          const body = async (index: number, { turns, fails, lends }: Task, slot: Slot, signal: AbortSignal) => {
            begin(index);
            try {
              for (let i = 0; i < turns; i += 1) await turn();
              for (let i = 0; i < lends; i += 1) {
                seen.working -= 1;
                await slot
                  .lend(signal, () => turn())
                  .then(begin.bind(null, undefined), (error: unknown) => {
                    seen.working += 1;
                    throw error;
                  });
              }
              if (fails) throw new Error('broken');
            } finally {
              seen.working -= 1;
            }
          };
          const resized = actions.map(async ({ after, to }) => {
            for (let i = 0; i < after; i += 1) await turn();
            if (typeof to === 'number') {
              pool.resize(Math.max(to, pool.size));
              return;
            }
            pauses += 1;
            pool.pause();
            for (let i = 0; i < 3; i += 1) {
              const before = pool.running;
              await turn();
              if (pool.running > before) seen.whilePaused += 1;
            }
            pauses -= 1;
            if (pauses === 0) pool.resume();
          });
          const settled = await Promise.allSettled([
            ...tasks.map((each, index) => {
              const abort = new AbortController();
              void (async () => {
                for (let i = 0; i < (each.abortedAfter ?? 0); i += 1) await turn();
                if (each.abortedAfter !== null) abort.abort();
              })();
              return pool.run(abort.signal, (slot) => body(index, each, slot, abort.signal));
            }),
            ...resized,
          ]);
          expect(settled).toHaveLength(tasks.length + actions.length);
          expect(seen).toMatchObject({ working: 0, above: 0, whilePaused: 0 });
          expect(seen.started).toEqual(seen.started.toSorted((a, b) => a - b));
          expect(counts(pool)).toEqual({ running: 0, waiting: 0, lent: 0 });
        },
      ),
      { numRuns: 150 },
    ));

  test('W37 a smaller size counts once enough have ended', async () => {
    const pool = new Pool(3);
    const gates = Array.from({ length: 5 }, gateOf);
    const runs = gates.map((gate) => pool.run(never, () => gate.closed));
    await turn();
    pool.resize(1);
    gates[0]?.open();
    gates[1]?.open();
    await turn();
    expect(counts(pool)).toEqual({ running: 1, waiting: 2, lent: 0 });
    for (const gate of gates) gate.open();
    await Promise.all(runs);
  });
});
