import type { Usage } from './usage.ts';

/** USD per million tokens. Writes to the prompt cache are those that live five minutes. */
interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

interface PriceRow extends Price {
  /** Of requests whose prompt, cached parts included, is longer than `over` tokens. */
  readonly long?: Price & { readonly over: number };
}

/**
 * Anthropic's list prices by model id, as of November 2026: https://platform.claude.com/docs/en/about-claude/pricing
 * A write to the cache costs 1.25 times the input; what reading from it costs differs from model to model.
 */
export const PRICES: Readonly<Record<string, PriceRow>> = {
  'claude-fable-5-2': price(8, 40, 0.2),
  'claude-fable-5-1': price(10, 50, 0.25),
  'claude-fable-5': price(10, 50, 1),
  'claude-mythos-5-1': price(10, 50, 0.25),
  'claude-mythos-5': price(10, 50, 1),
  'claude-opus-5-5': price(4, 20, 0.2),
  'claude-opus-5': price(5, 25, 0.5),
  'claude-opus-4-8': price(5, 25, 0.5),
  'claude-opus-4-7': price(5, 25, 0.5),
  'claude-opus-4-6': price(5, 25, 0.5),
  'claude-opus-4-5': price(5, 25, 0.5),
  'claude-sonnet-5-5': price(2, 10, 0.1),
  'claude-sonnet-5': price(2, 10, 0.2),
  'claude-sonnet-4-6': price(3, 15, 0.3),
  'claude-sonnet-4-5': price(3, 15, 0.3),
  'claude-haiku-5-5': { ...price(0.1, 0.5, 0.01), long: { over: 100_000, ...price(0.5, 2.5, 0.05) } },
  'claude-haiku-4-5': price(1, 5, 0.1),
};

function price(input: number, output: number, cacheRead: number): Price {
  return { input, output, cacheRead, cacheWrite: input * 1.25 };
}

/** Millionths of a dollar for one search of the web that the service makes by itself, by the same list. */
const WEB_SEARCH = 10_000;

/**
 * What one reply cost in USD; null for a model without a known price. Of one reply, not of a sum: the price of some
 * models depends on the length of the prompt.
 */
export function costOf(usage: Usage, model: string): number | null {
  const each = priceOf(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens, model);
  if (!each) return null;
  const micro =
    usage.inputTokens * each.input +
    usage.outputTokens * each.output +
    usage.cacheReadTokens * each.cacheRead +
    usage.cacheWriteTokens * each.cacheWrite +
    (usage.webSearches ?? 0) * WEB_SEARCH;
  return micro / 1_000_000;
}

/**
 * The most in USD that a request can cost whose prompt has at most so many tokens: `prompt` for all of it, as if it were
 * written to the cache, with so many searches of the web, and `outputToken` for each token of the reply. Null for a model
 * without a known price.
 */
export function ceilingOf(promptTokens: number, model: string, webSearches = 0): Ceiling | null {
  const each = priceOf(promptTokens, model);
  if (!each) return null;
  const dearest = Math.max(each.input, each.cacheRead, each.cacheWrite);
  return {
    prompt: (promptTokens * dearest + webSearches * WEB_SEARCH) / 1_000_000,
    outputToken: each.output / 1_000_000,
  };
}

export interface Ceiling {
  readonly prompt: number;
  readonly outputToken: number;
}

function priceOf(promptTokens: number, model: string): Price | null {
  const row = priceRow(model);
  if (!row) return null;
  return row.long && promptTokens > row.long.over ? row.long : row;
}

/** By the id itself or a dated snapshot of it: a later version must not borrow an earlier one's price. */
function priceRow(model: string): PriceRow | undefined {
  if (Object.hasOwn(PRICES, model)) return PRICES[model];
  const id = model.replace(/^anthropic\//, '').replace(/-(20\d{6}|latest)$/, '');
  return Object.hasOwn(PRICES, id) ? PRICES[id] : undefined;
}
