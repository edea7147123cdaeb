import { describe, expect, test } from 'vitest';
import { capabilitiesOf, effortFor, EFFORTS, type Effort } from './capabilities.ts';
import { MODEL_ALIASES } from './models.ts';

describe('what a model can do', () => {
  test.each(Object.values(MODEL_ALIASES))('%s has every effort, thinks, caches and calls tools', (model) =>
    expect(capabilitiesOf(model)).toEqual({
      ...{ tools: true, streaming: true, effort: EFFORTS, thinking: 'always', caching: true, contextWindow: 1_000_000 },
    }),
  );

  test.each([
    { model: 'claude-opus-4-5-20251101', effort: ['low', 'medium', 'high'], thinking: 'none' },
    { model: 'us.anthropic.claude-sonnet-4-6-v1:0', effort: ['low', 'medium', 'high', 'max'], thinking: 'asked' },
    { model: 'claude-opus-4-7@20260301', effort: EFFORTS, thinking: 'asked' },
    { model: 'bedrock/anthropic.claude-opus-5', effort: EFFORTS, thinking: 'always' },
    { model: 'claude-haiku-4-5', effort: [], thinking: 'none' },
    { model: 'claude-sonnet-4-5', effort: [], thinking: 'none' },
    { model: 'claude-3-7-sonnet-20250219', effort: [], thinking: 'none' },
    { model: 'qwen3-coder:30b', effort: [], thinking: 'none' },
  ])('$model', ({ model, effort, thinking }) => expect(capabilitiesOf(model)).toMatchObject({ effort, thinking }));

  test('a person knows more of their own server than any table', () => {
    expect(capabilitiesOf('qwen3', { tools: false, contextWindow: 32_000 })).toMatchObject({
      tools: false,
      contextWindow: 32_000,
    });
    expect(capabilitiesOf('qwen3')).toMatchObject({ tools: true, contextWindow: 200_000, caching: false });
  });
});

test.each<{ known: readonly Effort[]; asked: Effort; gets: Effort | null }>([
  { known: EFFORTS, asked: 'xhigh', gets: 'xhigh' },
  { known: ['low', 'medium', 'high', 'max'], asked: 'xhigh', gets: 'high' },
  { known: ['low', 'medium', 'high'], asked: 'max', gets: 'high' },
  { known: ['medium'], asked: 'low', gets: null },
  { known: [], asked: 'max', gets: null },
])('of $known, $asked is $gets', ({ known, asked, gets }) => expect(effortFor({ effort: known }, asked)).toBe(gets));
