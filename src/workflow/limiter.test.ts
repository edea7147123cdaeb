import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AbortError, isAbort } from '../base/abort.ts';
import { FakeClock } from '../engine/clock.fake.ts';
import { rejection, REQUEST } from '../engine/model.contract.ts';
import { fails, fakeModel, hangs, says, type Step } from '../engine/model.fake.ts';
import type { Model, ModelFailure, ModelReply } from '../engine/model.ts';
import { createLimiter, type Limiter, type Wait } from './limiter.ts';

const { signal } = new AbortController();
const MINUTE = 60_000;

function limiterOver(script: readonly Step[], maxConcurrency = 256) {
  const clock = new FakeClock();
  const inner = fakeModel(script);
  const limiter = createLimiter(inner, { clock, random: () => 0.5 }, { maxConcurrency });
  const waits: Wait[] = [];
  return { clock, inner, limiter, waits, model: limiter.bind((wait) => waits.push(wait)) };
}

describe('one caller', () => {
  const cases: { name: string; script: Step[]; end: object; asked: number; afterMs: number }[] = [
    { name: 'an answer at once', script: [says('a')], end: { kind: 'replied' }, asked: 1, afterMs: 0 },
    {
      name: 'X07 a rate limit, waited out as long as the service says',
      script: [fails('rate-limited', { retryAfterMs: 7000 }), says('a')],
      end: { kind: 'replied' },
      asked: 2,
      afterMs: 7000,
    },
    {
      name: 'X07 overload costs no attempt: eight of them',
      script: [...Array.from({ length: 8 }, () => fails('overloaded')), says('a')],
      end: { kind: 'replied' },
      asked: 9,
      afterMs: 500 * (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60),
    },
    {
      name: 'a server that fails four times',
      script: Array.from({ length: 4 }, () => fails('server')),
      end: { kind: 'failed', code: 'server' },
      asked: 4,
      afterMs: 500 + 1000 + 2000,
    },
    {
      name: 'a network that comes back',
      script: [fails('network'), fails('server'), says('a')],
      end: { kind: 'replied' },
      asked: 3,
      afterMs: 1500,
    },
    {
      name: 'an endpoint that is not there',
      script: Array.from({ length: 3 }, () => fails('network', { unreachable: true })),
      end: { kind: 'failed', unreachable: true },
      asked: 3,
      afterMs: 1000,
    },
    {
      name: 'X07 a quota that is used up for hours, until it is there again',
      script: [fails('quota', { retryAfterMs: 120 * MINUTE }), says('a')],
      end: { kind: 'replied' },
      asked: 2,
      afterMs: 120 * MINUTE,
    },
    ...(['auth', 'credit', 'unknown-model', 'invalid', 'too-long'] as const).map((code) => ({
      name: `X07 ${code}, which no second attempt cures`,
      script: [fails(code)],
      end: { kind: 'failed', code },
      asked: 1,
      afterMs: 0,
    })),
  ];
  test.each(cases)('$name', async ({ script, end, asked, afterMs }) => {
    const { clock, inner, model, waits } = limiterOver(script);
    const start = clock.now();
    let endedAt = -1;
    const reply = model.reply(REQUEST, signal).finally(() => (endedAt = clock.now() - start));
    await clock.runAll();
    expect(await reply).toMatchObject(end);
    expect({ asked: inner.requests.length, endedAt }).toEqual({ asked, endedAt: afterMs });
    expect(waits.reduce((sum, wait) => sum + wait.delayMs, 0)).toBe(afterMs);
  });

  test('bad weather without end is given up after a quarter of an hour', async () => {
    const { clock, inner, model } = limiterOver(Array.from({ length: 1000 }, () => fails('overloaded')));
    const start = clock.now();
    const reply = model.reply(REQUEST, signal);
    await clock.runAll();
    expect(await reply).toMatchObject({ code: 'overloaded' });
    expect(clock.now() - start).toBeGreaterThan(13 * MINUTE);
    expect(clock.now() - start).toBeLessThanOrEqual(15 * MINUTE);
    expect(inner.requests.length).toBeLessThan(60);
  });
});

describe('many callers', () => {
  test('X07 a retry-after holds those who were not refused too, and tells them', async () => {
    const { clock, inner, model, limiter } = limiterOver([
      fails('rate-limited', { retryAfterMs: 5000 }),
      says('b'),
      says('a'),
    ]);
    const told: Wait[] = [];
    const first = model.reply(REQUEST, signal);
    await clock.advance(0);
    const second = limiter.bind((wait) => told.push(wait)).reply(REQUEST, signal);
    await clock.advance(4999);
    expect(inner.requests).toHaveLength(1);
    const until = clock.now() + 1;
    expect(told).toEqual([{ message: 'the fake fails: rate-limited', code: 'rate-limited', delayMs: 5000, until }]);
    await clock.advance(1);
    expect(inner.requests).toHaveLength(3);
    await Promise.all([first, second]);
  });

  test('X07 another model is not held', async () => {
    const { clock, inner, model } = limiterOver([fails('rate-limited', { retryAfterMs: 5000 }), says('b'), says('a')]);
    const first = model.reply(REQUEST, signal);
    await clock.advance(0);
    expect(await model.reply({ ...REQUEST, model: 'claude-opus-5-5' }, signal)).toMatchObject({ kind: 'replied' });
    expect(inner.requests).toHaveLength(2);
    await clock.runAll();
    await first;
  });

  test('X07 callers behind a hold of hours wait for its end, and nobody asks before', async () => {
    const { clock, inner, model, limiter } = limiterOver([
      fails('quota', { retryAfterMs: 300 * MINUTE }),
      ...Array.from({ length: 3 }, () => says('later')),
    ]);
    const told: Wait[] = [];
    const calls = [model.reply(REQUEST, signal)];
    await clock.advance(0);
    const until = clock.now() + 300 * MINUTE;
    calls.push(...[1, 2].map(() => limiter.bind((wait) => told.push(wait)).reply(REQUEST, signal)));
    await clock.advance(300 * MINUTE - 1);
    expect(inner.requests).toHaveLength(1);
    expect(told.map(({ code, until }) => ({ code, until }))).toEqual([
      { code: 'quota', until },
      { code: 'quota', until },
    ]);
    await clock.runAll();
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['replied', 'replied', 'replied']);
  });

  test('X07 after a fatal answer those who wait get the same; a new request some seconds later is sent', async () => {
    const { clock, inner, model } = limiterOver([fails('auth'), fails('auth'), says('a')], 1);
    const calls = Array.from({ length: 100 }, () => model.reply(REQUEST, signal));
    await clock.advance(0);
    expect((await Promise.all(calls)).every((reply) => reply.kind === 'failed' && reply.code === 'auth')).toBe(true);
    expect(await model.reply(REQUEST, signal)).toMatchObject({ code: 'auth' });
    expect(inner.requests).toHaveLength(1);
    await clock.advance(5000);
    expect(await model.reply(REQUEST, signal)).toMatchObject({ code: 'auth' });
    await clock.advance(5000);
    expect(await model.reply(REQUEST, signal)).toMatchObject({ kind: 'replied' });
    expect(inner.requests).toHaveLength(3);
  });

  test('X07 at the start one goes ahead; each that is taken on lets one more follow', async () => {
    const { clock, inner, model } = limiterOver(Array.from({ length: 7 }, () => hangs()));
    const ending = new AbortController();
    const calls = Array.from({ length: 8 }, () => rejection(model.reply(REQUEST, ending.signal)));
    await clock.advance(0);
    expect(inner.requests).toHaveLength(1);
    await clock.advance(5000);
    expect(inner.requests).toHaveLength(2);
    ending.abort();
    await Promise.all(calls);
  });

  test('X07 concurrency halves once for all refused together, and grows back', async () => {
    const opening = Array.from({ length: 31 }, () => says('a'));
    const refused = Array.from({ length: 16 }, () => fails('overloaded'));
    const answered = Array.from({ length: 400 }, () => says('a'));
    const { clock, model, limiter } = limiterOver([...opening, ...refused, ...answered], 16);
    const together = (many: number): Promise<unknown> =>
      Promise.all(Array.from({ length: many }, () => model.reply(REQUEST, signal)));
    for (const many of [1, 2, 4, 8, 16]) await together(many);
    const calls = together(16);
    await clock.advance(0);
    expect(limiter.load(REQUEST.model)).toEqual({ limit: 8, running: 0, waiting: 0 });
    await clock.runAll();
    await calls;
    const after = limiter.load(REQUEST.model).limit;
    expect(after).toBeGreaterThan(8);
    for (let n = 0; n < 300; n += 1) await model.reply(REQUEST, signal);
    expect(limiter.load(REQUEST.model).limit).toBe(16);
  });

  test('who came first is answered first, also after a wait', async () => {
    const { clock, model } = limiterOver([fails('overloaded'), says('b'), says('a'), says('c'), says('d')], 1);
    const order: string[] = [];
    const call = (name: string) => model.reply(REQUEST, signal).then(() => order.push(name));
    const calls = ['first', 'second', 'third'].map(call);
    await clock.runAll();
    await Promise.all(calls);
    // The second went ahead while the first slept; the third did not.
    expect(order.indexOf('first')).toBeLessThanOrEqual(2);
    expect(order.indexOf('second')).toBeLessThan(order.indexOf('third'));
  });

  test.each(['queued', 'held', 'sleeping', 'asking'])('an abort leaves nothing behind: %s', async (where) => {
    const scripts: Record<string, Step[]> = {
      queued: [hangs()],
      held: [fails('rate-limited', { retryAfterMs: 5000 })],
      sleeping: [fails('server')],
      asking: [hangs()],
    };
    const { clock, inner, model, limiter } = limiterOver(scripts[where] ?? [], 1);
    const controller = new AbortController();
    const calls = [rejection(model.reply(REQUEST, controller.signal))];
    await clock.advance(0);
    if (where === 'queued' || where === 'held') calls.push(rejection(model.reply(REQUEST, controller.signal)));
    await clock.advance(0);
    controller.abort();
    for (const error of await Promise.all(calls)) expect(isAbort(error)).toBe(true);
    await clock.advance(0);
    expect({ ...limiter.load(REQUEST.model), sleeping: clock.sleeping, pending: inner.pending }).toMatchObject({
      running: 0,
      waiting: 0,
      sleeping: 0,
      pending: 0,
    });
  });

  test('a model that throws frees its slot', async () => {
    const clock = new FakeClock();
    const broken: Model = { reply: () => Promise.reject(new TypeError('a bug')) };
    const limiter = createLimiter(broken, { clock, random: () => 0 });
    expect(await rejection(limiter.bind(() => undefined).reply(REQUEST, signal))).toBeInstanceOf(TypeError);
    expect(limiter.load(REQUEST.model).running).toBe(0);
  });
});

interface Weather {
  readonly callers: readonly { readonly at: number; readonly abortAfter: number | null }[];
  readonly answers: readonly { readonly ms: number; readonly reply: ModelReply }[];
  readonly max: number;
  readonly seed: number;
}

const failure: fc.Arbitrary<ModelFailure> = fc.oneof(
  fc.constantFrom<ModelFailure>(fails('server'), fails('network'), fails('overloaded'), fails('auth'), fails('quota')),
  fc.integer({ min: 0, max: 20 * MINUTE }).map((retryAfterMs) => fails('rate-limited', { retryAfterMs })),
);
const replied = fakeModel([says('yes')]).reply(REQUEST, signal);

const weather: fc.Arbitrary<Weather> = fc.record({
  callers: fc.array(
    fc.record({ at: fc.nat({ max: 5000 }), abortAfter: fc.option(fc.nat({ max: 60_000 }), { freq: 4 }) }),
    { minLength: 1, maxLength: 25 },
  ),
  answers: fc.array(fc.record({ ms: fc.nat({ max: 3000 }), reply: failure }), { maxLength: 40 }),
  max: fc.integer({ min: 1, max: 10 }),
  seed: fc.nat(),
});

/** A service that answers from a list, then well, and notes what no caller may do. */
async function serviceOf(clock: FakeClock, plan: Weather, loadOf: () => ReturnType<Limiter['load']>) {
  const good = await replied;
  const seen = { running: 0, inHold: 0, overLimit: 0, requests: 0 };
  let heldUntil = 0;
  let refusedAt = 0;
  const model: Model = {
    reply: async (_request, signal) => {
      const answer = plan.answers[seen.requests];
      seen.requests += 1;
      seen.running += 1;
      if (clock.now() < heldUntil) seen.inHold += 1;
      // In the very instant of a refusal, requests may be on their way that were admitted before it.
      const limit = clock.now() > refusedAt ? loadOf().limit : plan.max;
      if (seen.running > Math.min(limit, plan.max)) seen.overLimit += 1;
      try {
        await clock.sleep(answer?.ms ?? 10, signal);
      } finally {
        seen.running -= 1;
      }
      const reply = answer?.reply ?? good;
      if (reply.kind === 'failed') {
        refusedAt = clock.now();
        heldUntil = Math.max(heldUntil, clock.now() + (reply.retryAfterMs ?? 0));
      }
      return reply;
    },
  };
  return { model, seen };
}

test('X07 in any weather: none sends inside a hold or above the limit, all end, nothing is left', () =>
  fc.assert(
    fc.asyncProperty(weather, async (plan) => {
      const clock = new FakeClock();
      let random = plan.seed;
      const next = (): number => (random = (random * 48271 + 1) % 2147483647) / 2147483647;
      const holder: { limiter?: Limiter } = {};
      const idle = { limit: 0, running: 0, waiting: 0 };
      const { model, seen } = await serviceOf(clock, plan, () => holder.limiter?.load(REQUEST.model) ?? idle);
      const limiter = createLimiter(model, { clock, random: next }, { maxConcurrency: plan.max });
      holder.limiter = limiter;
      const bound = limiter.bind(() => undefined);
      const ends = plan.callers.map(async ({ at, abortAfter }) => {
        const controller = new AbortController();
        await clock.sleep(at, controller.signal);
        const call = bound.reply(REQUEST, controller.signal).catch((error: unknown) => {
          if (isAbort(error)) return 'aborted';
          throw error;
        });
        if (abortAfter !== null) void clock.sleep(abortAfter, signal).then(() => controller.abort(new AbortError()));
        return call;
      });
      await clock.runAll();
      expect(await Promise.all(ends)).toHaveLength(plan.callers.length);
      expect(seen).toMatchObject({ running: 0, inHold: 0, overLimit: 0 });
      expect(limiter.load(REQUEST.model)).toMatchObject({ running: 0, waiting: 0 });
      expect(clock.sleeping).toBe(0);
    }),
    { numRuns: 150 },
  ));
