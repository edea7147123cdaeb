import { describe, expect, test } from 'vitest';
import { AbortError, isAbort, onAbort } from '../base/abort.ts';
import { FakeClock } from '../engine/clock.fake.ts';
import { rejection, REQUEST } from '../engine/model.contract.ts';
import { fails, fakeModel, hangs, says, type Step } from '../engine/model.fake.ts';
import type { Model, OnHead } from '../engine/model.ts';
import { createLimiter, type Limiter, type Services, type Wait } from './limiter.ts';
import { limiterOver } from './limiterBench.fake.ts';

const { signal } = new AbortController();
const MINUTE = 60_000;

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

  test('X06 a service that has answered before is waited for while it cannot be reached', async () => {
    const gone = Array.from({ length: 12 }, () => fails('network', { unreachable: true }));
    const { clock, inner, model } = limiterOver([says('first'), ...gone, says('back again')]);
    expect(await model.reply(REQUEST, signal)).toMatchObject({ kind: 'replied' });
    const again = model.reply(REQUEST, signal);
    await clock.runAll();
    expect(await again).toMatchObject({ kind: 'replied' });
    expect(inner.requests).toHaveLength(14);
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

  test('X07 what one limiter is told holds the others of its process, by whatever name they call the model', async () => {
    const services: Services = new Map();
    const clock = new FakeClock();
    const inner = fakeModel([
      fails('rate-limited', { retryAfterMs: 5000 }),
      ...Array.from({ length: 3 }, () => says('a')),
    ]);
    const placeOf = (name: string) => ({ service: 'one', id: name.replace('anthropic/', '') });
    const [one, other] = [0, 1].map(() => createLimiter(inner, { clock, random: () => 0.5 }, { placeOf, services }));
    const ask = (limiter: Limiter | undefined, model: string) =>
      limiter?.bind(() => undefined).reply({ ...REQUEST, model }, signal);
    const first = ask(one, 'claude-x');
    await clock.advance(0);
    const others = [ask(other, 'claude-x'), ask(one, 'anthropic/claude-x')];
    await clock.advance(4999);
    expect(inner.requests).toHaveLength(1);
    expect(other?.load('claude-x').waiting).toBe(2);
    await clock.runAll();
    expect((await Promise.all([first, ...others])).map((reply) => reply?.kind)).toEqual(
      Array.from({ length: 3 }, () => 'replied'),
    );
    expect(one?.load('claude-x')).toMatchObject({ running: 0, waiting: 0 });
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

  test('X07 a wrong key of which the service takes a second to tell is heard of four times, and not by all', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const slow: Model = {
      reply: async (_request, ending) => {
        asked += 1;
        await clock.sleep(1_000, ending);
        return fails('auth');
      },
    };
    const limiter = createLimiter(slow, { clock, random: () => 0.5 });
    const calls = Array.from({ length: 200 }, () => limiter.bind(() => undefined).reply(REQUEST, signal));
    await clock.runAll();
    expect((await Promise.all(calls)).every((reply) => reply.kind === 'failed' && reply.code === 'auth')).toBe(true);
    expect(asked).toBe(4);
  });

  test.each([
    { headMs: 2_000, agents: 16, sentWithinMs: 2_000 },
    { headMs: 2_000, agents: 200, sentWithinMs: 3_400 },
    { headMs: 4_000, agents: 16, sentWithinMs: 2_200 },
    { headMs: 4_000, agents: 200, sentWithinMs: 5_300 },
  ])('X07 a first byte after $headMs ms does not hold $agents agents up', async ({ headMs, agents, sentWithinMs }) => {
    const clock = new FakeClock();
    const start = clock.now();
    let lastSent = 0;
    const slow: Model = {
      reply: async (_request, ending, _onDelta, onHead) => {
        lastSent = clock.now() - start;
        await clock.sleep(headMs, ending);
        onHead?.({ accepted: true });
        await clock.sleep(3_000, ending);
        return fakeModel([says('late')]).reply(REQUEST, ending);
      },
    };
    const limiter = createLimiter(slow, { clock, random: () => 0.5 });
    const calls = Array.from({ length: agents }, () => limiter.bind(() => undefined).reply(REQUEST, signal));
    await clock.runAll();
    await Promise.all(calls);
    expect(lastSent).toBe(sentWithinMs);
  });

  test('X07 at the start one goes ahead; each that is taken on lets one more follow', async () => {
    const { clock, inner, model } = limiterOver(Array.from({ length: 7 }, () => hangs()));
    const ending = new AbortController();
    const calls = Array.from({ length: 8 }, () => rejection(model.reply(REQUEST, ending.signal)));
    await clock.advance(0);
    expect(inner.requests).toHaveLength(1);
    // Or after a moment, when its answer is slow to begin.
    await clock.advance(99);
    expect(inner.requests).toHaveLength(1);
    await clock.advance(1);
    expect(inner.requests).toHaveLength(2);
    ending.abort();
    await Promise.all(calls);
  });

  test('X07 a head lets more follow long before the reply is whole', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const calls = together(limiter, 40, ending.signal);
    const inFlight: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await clock.advance(0);
      inFlight.push(sent());
      for (const head of heads.splice(0)) head({ accepted: true });
    }
    expect(inFlight).toEqual([1, 5, 21, 40]);
    ending.abort();
    await calls;
  });

  test('X07 once something was refused, each that is taken on lets one more follow', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const calls = together(limiter, 40, ending.signal);
    await clock.advance(0);
    heads.shift()?.({ accepted: false, retryAfterMs: 1000 });
    await clock.advance(1000);
    const before = sent();
    const inFlight: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      for (const head of heads.splice(0)) head({ accepted: true });
      await clock.advance(0);
      inFlight.push(sent() - before);
    }
    expect(inFlight).toEqual([2, 6, 14]);
    ending.abort();
    await calls;
  });

  test('X07 what is left by the newest head is not exceeded, and nobody sends before the reset', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const told: Wait[] = [];
    const calls = together(limiter, 20, ending.signal, (wait) => told.push(wait));
    await clock.advance(0);
    heads.shift()?.({ accepted: true, requests: { left: 2, resetMs: 30_000 } });
    await clock.advance(0);
    for (const head of heads.splice(0)) head({ accepted: true });
    await clock.advance(29_999);
    expect(sent()).toBe(3);
    expect(new Set(told.map(({ code }) => code))).toEqual(new Set(['rate-limited']));
    expect(told).toHaveLength(17);
    await clock.advance(1);
    expect(sent()).toBe(4);
    ending.abort();
    await calls;
  });

  test('X07 without tokens nobody sends before they are there again', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const calls = together(limiter, 3, ending.signal);
    await clock.advance(0);
    heads.shift()?.({ accepted: true, noTokensForMs: 9000 });
    await clock.advance(8999);
    expect(sent()).toBe(1);
    await clock.advance(1);
    expect(sent()).toBe(2);
    ending.abort();
    await calls;
  });

  test('X07 a refusal holds all from its head on, before its text is there', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const calls = together(limiter, 9, ending.signal);
    await clock.advance(0);
    heads.shift()?.({ accepted: true });
    await clock.advance(0);
    const [one, ...others] = heads.splice(0);
    one?.({ accepted: false, retryAfterMs: 4000 });
    for (const other of others) other({ accepted: true });
    await clock.advance(3999);
    expect(sent()).toBe(5);
    await clock.advance(1001);
    expect(sent()).toBeGreaterThan(5);
    ending.abort();
    await calls;
  });

  test('X07 one with a pass sends while all is used up, yet not inside a pause that the service asks for meanwhile', async () => {
    const { clock, limiter, sent, heads } = service();
    const ending = new AbortController();
    const grants = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
    const calls: Promise<unknown>[] = [together(limiter, 2, ending.signal)];
    await clock.advance(0);
    heads.shift()?.({ accepted: true, requests: { left: 3, resetMs: 60_000 } });
    for (const { promise } of grants) {
      // The one before it is slow, which is no reason to wait for longer than this.
      await clock.advance(5_000);
      const held = limiter.bind(
        () => undefined,
        (below) => ({ reply: async (...call) => (await promise, below.reply(...call)) }),
      );
      calls.push(rejection(held.reply(REQUEST, ending.signal)));
    }
    await clock.advance(5_000);
    expect(sent()).toBe(2);
    grants[0]?.resolve(null);
    await clock.advance(0);
    expect(sent()).toBe(3);
    heads.shift()?.({ accepted: false, retryAfterMs: 10_000 });
    grants[1]?.resolve(null);
    await clock.advance(9_999);
    expect(sent()).toBe(3);
    await clock.advance(1);
    expect(sent()).toBe(4);
    ending.abort();
    await Promise.all(calls);
  });

  test('X07 one that waits for its turn is told once, after a second', async () => {
    const { clock, limiter } = service(1);
    const told: Wait[] = [];
    const ending = new AbortController();
    const calls = together(limiter, 2, ending.signal, (wait) => told.push(wait));
    await clock.advance(999);
    expect(told).toEqual([]);
    await clock.advance(60_000);
    expect(told).toMatchObject([{ code: 'queue', delayMs: 0 }]);
    expect(told[0]?.message).toContain(REQUEST.model);
    ending.abort();
    await calls;
    expect(clock.sleeping).toBe(0);
  });

  test('X07 many hours of a quota are waited for in short sleeps, so that a machine may sleep meanwhile', async () => {
    const { clock, model, limiter } = limiterOver([fails('quota', { retryAfterMs: 40 * 24 * 60 * MINUTE }), says('a')]);
    const sleep = clock.sleep.bind(clock);
    let longest = 0;
    clock.sleep = (ms, on) => {
      longest = Math.max(longest, ms);
      return sleep(ms, on);
    };
    const ending = new AbortController();
    const calls = [model, limiter.bind(() => undefined)].map((each) => rejection(each.reply(REQUEST, ending.signal)));
    await clock.advance(3 * MINUTE);
    ending.abort();
    await Promise.all(calls);
    expect(longest).toBeLessThanOrEqual(MINUTE);
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

/** A service whose heads come when the test says so, and whose replies never end. */
function service(maxConcurrency = 256) {
  const clock = new FakeClock();
  const heads: OnHead[] = [];
  let sent = 0;
  const inner: Model = {
    reply: (_request, signal, _onDelta, onHead) => {
      sent += 1;
      if (onHead) heads.push(onHead);
      return new Promise((_resolve, reject) => onAbort(signal, () => reject(new AbortError())));
    },
  };
  const limiter = createLimiter(inner, { clock, random: () => 0.5 }, { maxConcurrency });
  return { clock, limiter, heads, sent: () => sent };
}

function together(
  limiter: Limiter,
  callers: number,
  signal: AbortSignal,
  onWait: (wait: Wait) => void = () => undefined,
) {
  return Promise.all(Array.from({ length: callers }, () => rejection(limiter.bind(onWait).reply(REQUEST, signal))));
}
