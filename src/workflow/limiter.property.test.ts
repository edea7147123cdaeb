import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AbortError, isAbort } from '../base/abort.ts';
import { FakeClock } from '../engine/clock.fake.ts';
import { REQUEST } from '../engine/model.contract.ts';
import { fails, fakeModel, says } from '../engine/model.fake.ts';
import type { Model, ModelFailure, ModelReply } from '../engine/model.ts';
import { createLimiter, type Limiter } from './limiter.ts';

const { signal } = new AbortController();
const MINUTE = 60_000;

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

interface Limited {
  readonly kind: 'bucket' | 'window';
  readonly limit: number;
  readonly periodMs: number;
  readonly callers: readonly { readonly at: number; readonly headMs: number; readonly bodyMs: number }[];
}

const limited: fc.Arbitrary<Limited> = fc.record({
  kind: fc.constantFrom('bucket', 'window'),
  limit: fc.integer({ min: 1, max: 40 }),
  periodMs: fc.integer({ min: 50, max: 60_000 }),
  callers: fc.array(
    fc.record({ at: fc.nat({ max: 90_000 }), headMs: fc.nat({ max: 4000 }), bodyMs: fc.nat({ max: 30_000 }) }),
    { minLength: 1, maxLength: 80 },
  ),
});

/** A service that refuses what is above its limit, and says at each head how it stands: as a bucket, or in fixed windows. */
function limitedService(clock: FakeClock, { kind, limit, periodMs, callers }: Limited) {
  const seen = { refused: 0, asked: 0 };
  let left = limit;
  let filledAt = clock.now();
  const fill = (): void => {
    const now = clock.now();
    if (kind === 'bucket') left = Math.min(limit, left + ((now - filledAt) * limit) / periodMs);
    else if (now >= filledAt + periodMs) left = limit;
    if (kind === 'bucket' || now >= filledAt + periodMs) filledAt = now;
  };
  const resetMs = (): number =>
    kind === 'bucket' ? Math.ceil(((limit - left) * periodMs) / limit) : filledAt + periodMs - clock.now();
  const model: Model = {
    reply: async (_request, on, _onDelta, onHead) => {
      const { headMs = 10, bodyMs = 10 } = callers[seen.asked % callers.length] ?? {};
      seen.asked += 1;
      fill();
      if (left < 1) {
        seen.refused += 1;
        return fails('rate-limited', { retryAfterMs: resetMs() });
      }
      left -= 1;
      const head = { accepted: true, requests: { left: Math.floor(left), resetMs: resetMs() } };
      // Until it has spoken for the first time, nothing can be known.
      const ms = seen.asked === 1 ? Math.min(headMs, 99) : headMs;
      await clock.sleep(ms, on);
      onHead?.({ ...head, requests: { ...head.requests, resetMs: Math.max(0, head.requests.resetMs - ms) } });
      await clock.sleep(bodyMs, on);
      return replied;
    },
  };
  return { model, seen };
}

test('X07 a service that says how it stands never has to refuse, and serves everybody', () =>
  fc.assert(
    fc.asyncProperty(limited, async (plan) => {
      const clock = new FakeClock();
      const { model, seen } = limitedService(clock, plan);
      const limiter = createLimiter(model, { clock, random: () => 0.5 });
      const bound = limiter.bind(() => undefined);
      const ends = plan.callers.map(async ({ at }) => {
        await clock.sleep(at, signal);
        return bound.reply(REQUEST, signal);
      });
      await clock.runAll();
      expect((await Promise.all(ends)).every(({ kind }) => kind === 'replied')).toBe(true);
      expect(seen).toEqual({ asked: plan.callers.length, refused: 0 });
      expect(clock.sleeping).toBe(0);
    }),
    { numRuns: 150 },
  ));
