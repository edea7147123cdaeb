import { describe, expect, test } from 'vitest';
import { contextWindowOf, MODEL_ALIASES, resolveModel } from './models.ts';
import { ceilingOf, costOf, PRICES } from './prices.ts';
import { NO_USAGE } from './usage.ts';

const MILLION = 1_000_000;

describe('costOf', () => {
  test.each([
    { model: 'claude-opus-5-5', usage: { inputTokens: MILLION }, usd: 4 },
    { model: 'claude-opus-5-5', usage: { outputTokens: MILLION }, usd: 20 },
    { model: 'claude-sonnet-5-5', usage: { cacheReadTokens: MILLION }, usd: 0.1 },
    { model: 'claude-sonnet-5-5', usage: { cacheWriteTokens: MILLION }, usd: 2.5 },
    { model: 'claude-haiku-4-5-20251001', usage: { inputTokens: 1000, outputTokens: 100 }, usd: 0.0015 },
    { model: 'claude-haiku-5-5', usage: { inputTokens: 100_000 }, usd: 0.01 },
    { model: 'claude-haiku-5-5', usage: { inputTokens: 50_000, cacheReadTokens: 50_001 }, usd: 0.02750005 },
    { model: 'claude-fable-5-2', usage: {}, usd: 0 },
    { model: 'claude-fable-5-2', usage: { webSearches: 1_000 }, usd: 10 },
  ])('$model $usage', ({ model, usage, usd }) => {
    expect(costOf({ ...NO_USAGE, ...usage }, model)).toBeCloseTo(usd, 9);
  });

  test.each(['claude-opus-5-6', 'claude-opus-5-5-mini', 'qwen3-coder', '', 'constructor'])(
    'has no price, not a price of nothing, for %j',
    (model) => expect(costOf({ ...NO_USAGE, inputTokens: 1 }, model)).toBeNull(),
  );
});

describe('ceilingOf', () => {
  test.each(Object.keys(PRICES))('W35 no request costs more than is reserved for it: %s', (model) => {
    for (const prompt of [0, 1, 99_999, 100_000, 100_001, 150_000]) {
      const ceiling = ceilingOf(150_000, model);
      const most = (ceiling?.prompt ?? 0) + 1_000 * (ceiling?.outputToken ?? 0);
      for (const part of ['inputTokens', 'cacheReadTokens', 'cacheWriteTokens']) {
        const usage = { ...NO_USAGE, [part]: prompt, outputTokens: 1_000 };
        expect(costOf(usage, model)).toBeLessThanOrEqual(most + 1e-9);
      }
    }
  });

  test('W35 holds the fee of each search of the web that the service may make', () => {
    const most = (searches: number) => ceilingOf(0, 'claude-opus-5-5', searches)?.prompt;
    expect([most(0), most(5)]).toEqual([0, 0.05]);
  });

  test('W35 is not known without a price', () => expect(ceilingOf(1, 'qwen3-coder')).toBeNull());
});

describe('models', () => {
  test.each(['opus', 'sonnet', 'haiku', 'fable'])('W25 the alias %s stands for a model with a price', (alias) => {
    expect(Object.keys(PRICES)).toContain(resolveModel(alias));
    expect(MODEL_ALIASES[alias]).toMatch(new RegExp(`^claude-${alias}-`));
  });

  test.each(['claude-opus-4-6', 'ollama/qwen3', 'toString'])('W25 a full id stays as it is: %s', (id) =>
    expect(resolveModel(id)).toBe(id),
  );

  test.each([
    ['claude-opus-5-5', MILLION],
    ['claude-sonnet-4-6', MILLION],
    ['claude-haiku-5-5', MILLION],
    ['claude-haiku-4-5-20251001', 200_000],
    ['claude-sonnet-4-5', 200_000],
    ['something-local', 200_000],
  ])('the window of %s', (model, tokens) => expect(contextWindowOf(model)).toBe(tokens));
});
