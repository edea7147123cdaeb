import { describe, expect, test } from 'vitest';
import { isAbort } from '../base/abort.ts';
import { rejection, REQUEST } from '../engine/model.contract.ts';
import { fails, says, type Step } from '../engine/model.fake.ts';
import { Pool } from './pool.ts';
import { limiterOver } from './limiterBench.fake.ts';

const { signal } = new AbortController();

describe('W37 a slot of the pool', () => {
  const bench = (script: readonly Step[], size: number, maxConcurrency = 256) => {
    const { clock, inner, limiter } = limiterOver(script, maxConcurrency);
    const pool = new Pool(size);
    const agent = (work: () => Promise<unknown> = () => Promise.resolve(), on = signal) =>
      pool.run(on, async (slot) => {
        const model = limiter.bind(
          () => undefined,
          (below) => below,
          (lendSignal, wait) => slot.lend(lendSignal, wait),
        );
        const reply = await model.reply(REQUEST, on);
        await work();
        return reply.kind;
      });
    return { clock, inner, limiter, pool, agent };
  };

  test('is lent for a wait that lasts, and back before the request goes out', async () => {
    const { clock, inner, pool, agent } = bench(
      [fails('rate-limited', { retryAfterMs: 5000 }), says('a'), says('b')],
      1,
    );
    const others: string[] = [];
    const first = agent();
    await clock.advance(0);
    const second = pool.run(signal, async () => others.push('worked meanwhile'));
    await clock.advance(0);
    expect({ others, lent: pool.lent }).toEqual({ others: ['worked meanwhile'], lent: 1 });
    const blocked = pool.run(signal, () => clock.sleep(10_000, signal));
    await clock.advance(9_000);
    expect(inner.requests).toHaveLength(1);
    await clock.runAll();
    expect(await first).toBe('replied');
    await Promise.all([second, blocked]);
    expect({ running: pool.running, lent: pool.lent }).toEqual({ running: 0, lent: 0 });
  });

  test('is kept for a wait that does not', async () => {
    const { clock, pool, agent } = bench([fails('server'), says('a')], 1);
    const first = agent();
    await clock.advance(499);
    expect(pool.lent).toBe(0);
    await clock.runAll();
    expect(await first).toBe('replied');
  });

  test('no deadlock with one slot and one request at once', async () => {
    const { clock, agent } = bench(
      Array.from({ length: 50 }, (_, n) => (n % 7 === 3 ? fails('overloaded') : says('a'))),
      1,
      1,
    );
    const agents = Array.from({ length: 40 }, () => agent(() => clock.sleep(2_000, signal)));
    await clock.runAll();
    expect(new Set(await Promise.all(agents))).toEqual(new Set(['replied']));
  });

  test('who is let through and finds no slot gives its turn to another run', async () => {
    const { clock, limiter, pool, agent } = bench(
      [fails('rate-limited', { retryAfterMs: 5000 }), ...Array.from({ length: 3 }, () => says('a'))],
      1,
      1,
    );
    const behind = agent();
    const held = agent();
    await clock.advance(1000);
    pool.pause();
    await clock.advance(4_000);
    const other = limiter.bind(() => undefined).reply(REQUEST, signal);
    await clock.advance(3_000);
    expect(await other).toMatchObject({ kind: 'replied' });
    pool.resume();
    await clock.runAll();
    expect(await Promise.all([behind, held])).toEqual(['replied', 'replied']);
    expect(limiter.load(REQUEST.model)).toMatchObject({ running: 0, waiting: 0 });
  });

  test('an abort while it is lent leaves nothing behind', async () => {
    const { clock, limiter, pool, agent } = bench([fails('rate-limited', { retryAfterMs: 5000 })], 1);
    const ending = new AbortController();
    const ends = Array.from({ length: 3 }, () => rejection(agent(undefined, ending.signal)));
    await clock.advance(2000);
    ending.abort();
    for (const error of await Promise.all(ends)) expect(isAbort(error)).toBe(true);
    await clock.advance(0);
    expect(limiter.load(REQUEST.model)).toMatchObject({ running: 0, waiting: 0 });
    expect({ running: pool.running, waiting: pool.waiting, lent: pool.lent }).toEqual({
      running: 0,
      waiting: 0,
      lent: 0,
    });
    expect(clock.sleeping).toBe(0);
  });
});
