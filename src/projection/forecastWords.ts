import type { Forecast, Range } from '../protocol/forecast.ts';
import { formatDuration, formatTokens } from './cost.ts';

/** `12`, where all plays agree, else `12 (3–40)`: likely, and between what. */
export function rangeText({ min, likely, max }: Range, format: (value: number) => string = String): string {
  const [low, middle, high] = [format(min), format(likely), format(max)];
  return low === high ? middle : `${middle} (${low}–${high})`;
}

/** `Likely 12 (3–40) agents, 40.0k (9.0k–400.0k) output tokens, $0.90 ($0.10–$9.00), 3m 05s (1m 00s–20m 00s)` */
export function forecastText({ agents, outputTokens, usd, ms, bounded }: Forecast): string {
  const noun = agents.likely === 1 && agents.max === 1 ? 'agent' : 'agents';
  const parts = [
    `${rangeText(agents)} ${noun}`,
    `${rangeText(outputTokens, formatTokens)} output tokens`,
    usd === null ? 'no price known' : rangeText(usd, roughUsd),
    rangeText(ms, formatDuration),
  ];
  return `Likely ${parts.join(', ')}${bounded ? '' : '; no upper bound was found'}`;
}

/** Of a guess, cents are enough: `$0.04`, `$12`. */
export function roughUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.01) return '<$0.01';
  return `$${usd < 10 ? usd.toFixed(2) : usd.toFixed(0)}`;
}

/** One figure of a forecast: the likely one, and between what it may lie where the plays did not agree. */
export interface ForecastFigure {
  readonly name: string;
  readonly likely: string;
  /** `3–40` */
  readonly range: string | null;
}

/** The same as `forecastText`, for who has room for columns. */
export function forecastFigures({ agents, outputTokens, usd, ms }: Forecast): readonly ForecastFigure[] {
  return [
    figure('Agents', agents, String),
    figure('Output tokens', outputTokens, formatTokens),
    usd === null ? { name: 'Money', likely: 'no price known', range: null } : figure('Money', usd, roughUsd),
    figure('Time', ms, formatDuration),
  ];
}

function figure(name: string, { min, likely, max }: Range, format: (value: number) => string): ForecastFigure {
  const [low, high] = [format(min), format(max)];
  return { name, likely: format(likely), range: low === high ? null : `${low}–${high}` };
}
