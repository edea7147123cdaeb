import { availableParallelism } from 'node:os';
import { MAX_CONCURRENCY, type Concurrency } from '../protocol/run.ts';

/**
 * Agents at once as a person writes it: a whole number from 1 to 256, `elastic`, or `cores`, which is min(16, cores − 2)
 * and at least 2. Null: none of these.
 */
export function concurrencyOf(written: unknown, cores: number = availableParallelism()): Concurrency | null {
  if (written === 'elastic') return written;
  if (written === 'cores') return Math.max(2, Math.min(16, cores - 2));
  const number = typeof written === 'string' && /^\d+$/.test(written) ? Number(written) : written;
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= MAX_CONCURRENCY
    ? number
    : null;
}
