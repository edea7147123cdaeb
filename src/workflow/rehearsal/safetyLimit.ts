import type { Forecast } from '../../protocol/forecast.ts';

/** Less would stop a small run that only turned out a little larger. */
const LEAST = 100_000;

/**
 * Output tokens after which a run that has no cap asks a person (W35): twice what was thought possible. Undefined: there
 * was no end to be seen, and the program's own limit holds.
 */
export function safetyLimit({ bounded, outputTokens }: Pick<Forecast, 'bounded' | 'outputTokens'>): number | undefined {
  return bounded ? Math.max(LEAST, 2 * outputTokens.max) : undefined;
}
