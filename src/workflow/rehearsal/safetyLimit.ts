import type { Forecast } from '../../protocol/forecast.ts';
import { SAFETY_TOKENS } from '../../protocol/run.ts';

/** Less would stop a small run that only turned out a little larger. */
const LEAST = 100_000;

/**
 * Output tokens after which a run that has no cap asks a person (W35): twice what was thought possible. Undefined: there
 * was no end to be seen, and the program's own limit holds.
 */
export function safetyLimit({ bounded, outputTokens }: Pick<Forecast, 'bounded' | 'outputTokens'>): number | undefined {
  return bounded ? Math.max(LEAST, 2 * outputTokens.max) : undefined;
}

/** What a person has set wins over what was forecast, and that over the program's own limit. Undefined: the program's own. */
export function safetyTokensFor(set: number | null | undefined, forecast: Forecast | null): number | null | undefined {
  if (set !== undefined && set !== SAFETY_TOKENS) return set;
  return forecast ? safetyLimit(forecast) : undefined;
}
