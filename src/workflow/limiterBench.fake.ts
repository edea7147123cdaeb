import { FakeClock } from '../engine/clock.fake.ts';
import { fakeModel, type Step } from '../engine/model.fake.ts';
import { createLimiter, type Wait } from './limiter.ts';

/** A limiter over a model that answers by a script, with the waits that it tells its one caller. */
export function limiterOver(script: readonly Step[], maxConcurrency = 256) {
  const clock = new FakeClock();
  const inner = fakeModel(script);
  const limiter = createLimiter(inner, { clock, random: () => 0.5 }, { maxConcurrency });
  const waits: Wait[] = [];
  return { clock, inner, limiter, waits, model: limiter.bind((wait) => waits.push(wait)) };
}
