import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunCaps } from '../protocol/run.ts';
import { capLine, capsOfLine } from './capLine.ts';

describe('caps on one line', () => {
  test.each<{ line: string; caps: RunCaps | null }>([
    { line: '', caps: {} },
    { line: '500k', caps: { outputTokens: 500_000 } },
    { line: '500,000 tokens', caps: { outputTokens: 500_000 } },
    { line: '$5', caps: { usd: 5 } },
    { line: '1.5M, $2.50; 1 agent, 0.5 min', caps: { outputTokens: 1_500_000, usd: 2.5, agents: 1, minutes: 0.5 } },
    { line: '500k,$5', caps: { outputTokens: 500_000, usd: 5 } },
    { line: ' 10k , 20k ', caps: { outputTokens: 20_000 } },
    { line: '20k per agent, 30 minutes per agent', caps: { perAgent: { outputTokens: 20_000, minutes: 30 } } },
    { line: '$5 per agent', caps: { perAgent: { usd: 5 } } },
    { line: 'none', caps: null },
    { line: '500k, plenty', caps: null },
    { line: '0 agents', caps: null },
    { line: '100001 agents', caps: null },
    { line: '3 agents per agent', caps: null },
    { line: '0 minutes', caps: null },
    { line: '-5', caps: null },
    { line: 'per agent', caps: null },
  ])('W35 "$line"', ({ line, caps }) => expect(capsOfLine(line)).toEqual(caps));

  test('W35 what a line is made of is what is read from it', () => {
    expect(
      capLine({ outputTokens: 500_000, usd: 0.05, agents: 1_000, minutes: 1, perAgent: { outputTokens: 1_234 } }),
    ).toBe('500k tokens, $0.05, 1000 agents, 1 minute, 1234 tokens per agent');
    const whole = fc.integer({ min: 1, max: 100_000 });
    const cents = fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 100);
    const some = { requiredKeys: [] };
    const perAgent = fc
      .record({ outputTokens: whole, usd: cents, minutes: cents }, some)
      .filter((caps) => Object.keys(caps).length > 0);
    const caps = fc.record({ outputTokens: whole, usd: cents, agents: whole, minutes: cents, perAgent }, some);
    fc.assert(
      fc.property(caps, (each) => {
        expect(capsOfLine(capLine(each))).toEqual(each);
      }),
    );
  });
});
