import { expect, test } from 'vitest';
import { forecastFigures, forecastText, rangeText, roughUsd } from './forecastWords.ts';

test.each([
  { range: { min: 3, likely: 3, max: 3 }, text: '3' },
  { range: { min: 0, likely: 3, max: 30 }, text: '3 (0–30)' },
])('X08 a range is $text', ({ range, text }) => expect(rangeText(range)).toBe(text));

test.each([
  [0, '$0'],
  [0.004, '<$0.01'],
  [0.046, '$0.05'],
  [9.5, '$9.50'],
  [190.907, '$191'],
])('X08 money is guessed to the cent at most: %d', (usd, text) => expect(roughUsd(usd)).toBe(text));

test('X08 a forecast in one line', () => {
  const range = (min: number, likely: number, max: number) => ({ min, likely, max });
  const forecast = {
    agents: range(1, 12, 40),
    outputTokens: range(800, 40_000, 400_000),
    usd: range(0.1, 0.9, 20),
    ms: range(60_000, 185_000, 1_200_000),
    bounded: true,
  };
  expect(forecastText(forecast)).toBe(
    'Likely 12 (1–40) agents, 40.0k (800–400.0k) output tokens, $0.90 ($0.10–$20), 3m 05s (1m 00s–20m 00s)',
  );
  expect(forecastFigures(forecast)).toEqual([
    { name: 'Agents', likely: '12', range: '1–40' },
    { name: 'Output tokens', likely: '40.0k', range: '800–400.0k' },
    { name: 'Money', likely: '$0.90', range: '$0.10–$20' },
    { name: 'Time', likely: '3m 05s', range: '1m 00s–20m 00s' },
  ]);
  const one = { ...forecast, agents: range(1, 1, 1), usd: null, bounded: false };
  expect(forecastText(one)).toBe(
    'Likely 1 agent, 40.0k (800–400.0k) output tokens, no price known, 3m 05s (1m 00s–20m 00s); no upper bound was found',
  );
  expect(forecastFigures(one).map(({ range }) => range)).toEqual([null, '800–400.0k', null, '1m 00s–20m 00s']);
});
