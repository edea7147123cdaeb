import { expect, test } from 'vitest';
import { formatDuration, formatTokens, formatUsd } from './cost.ts';

test.each([
  [null, 'no price'],
  [0, '$0'],
  [0.00001, '<$0.0001'],
  [0.0123, '$0.0123'],
  [0.99994, '$0.9999'],
  [0.99996, '$1.00'],
  [12.345, '$12.35'],
])('money: %s is %s', (usd, text) => expect(formatUsd(usd)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0k'],
  [12_345, '12.3k'],
  [999_949, '999.9k'],
  [999_950, '1.0M'],
  [1_234_567, '1.2M'],
])('tokens: %s is %s', (tokens, text) => expect(formatTokens(tokens)).toBe(text));

test.each([
  [0, '0.0s'],
  [412, '0.4s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [59_499, '59s'],
  [59_500, '1m 00s'],
  [185_000, '3m 05s'],
  [7_620_000, '2h 07m'],
])('time: %s ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
