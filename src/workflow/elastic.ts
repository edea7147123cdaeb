import type { Disposable } from '../base/disposable.ts';
import type { Pool } from './pool.ts';
import type { Pressure } from './pressure.ts';

/** However hard the machine is pressed: one agent alone would hide that others wait. */
const LEAST = 2;

/**
 * Halves a pool while the machine is pressed, and lets it grow by one with each measurement that finds it at ease, up to
 * the size it has now (W37). `onChange` hears of it when it begins, with the reason, and when it is over.
 */
export function elastic(
  pool: Pool,
  pressure: Pressure,
  onChange: (size: number, why: string | null) => void,
): Disposable {
  const cap = pool.size;
  return pressure.subscribe((level) => {
    const { size, running } = pool;
    if (level.kind === 'none') {
      if (size >= cap) return;
      pool.resize(size + 1);
      if (size + 1 === cap) onChange(cap, null);
      return;
    }
    const smaller = Math.max(LEAST, Math.floor(Math.min(size, running) / 2));
    // Those above the size are let end first: before, a still smaller one would change nothing.
    if (running > size || smaller >= size) return;
    pool.resize(smaller);
    onChange(smaller, level.why);
  });
}
