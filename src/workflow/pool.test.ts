import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pool } from './pool.ts';

function gateOf() {
  let open = (): void => undefined;
  const closed = new Promise<void>((resolve) => (open = resolve));
  return { closed, open };
}

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

  test('whatever ends, fails or is aborted: never above its size, and everybody is settled', async () => {
    const task = fc.record({
      turns: fc.nat(4),
      fails: fc.boolean(),
      abortedAfter: fc.option(fc.nat(6), { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(task, { maxLength: 30 }), async (size, tasks) => {
        const pool = new Pool(size);
        let running = 0;
        let most = 0;
        const settled = await Promise.allSettled(
          tasks.map(({ turns, fails, abortedAfter }) => {
            const abort = new AbortController();
            void (async () => {
              for (let i = 0; i < (abortedAfter ?? 0); i += 1) await turn();
              if (abortedAfter !== null) abort.abort();
            })();
            return pool.run(abort.signal, async () => {
              most = Math.max(most, ++running);
              for (let i = 0; i < turns; i += 1) await turn();
              running -= 1;
              if (fails) throw new Error('broken');
            });
          }),
        );
        expect(settled).toHaveLength(tasks.length);
        expect(most).toBeLessThanOrEqual(size);
        expect({ running: pool.running, waiting: pool.waiting }).toEqual({ running: 0, waiting: 0 });
      }),
      { numRuns: 50 },
    );
  });
});
