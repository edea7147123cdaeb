import type { Pressure, PressureLevel } from './pressure.ts';

/** Pressure that a test measures. */
export class FakePressure implements Pressure {
  readonly #listeners = new Set<(level: PressureLevel) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(on: (level: PressureLevel) => void) {
    this.#listeners.add(on);
    return { dispose: () => void this.#listeners.delete(on) };
  }

  measure(kind: PressureLevel['kind'], times = 1): void {
    const level: PressureLevel = kind === 'high' ? { kind, why: 'is short of memory' } : { kind };
    for (let n = 0; n < times; n += 1) for (const on of [...this.#listeners]) on(level);
  }
}
