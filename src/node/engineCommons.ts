import type { Services } from '../workflow/limiter.ts';
import type { Pressure } from '../workflow/pressure.ts';
import { createGate, type Gate } from './gate.ts';
import { createPressure } from './pressure.ts';

/** What the engines of one process have in common: what services take, and what the machine does. */
export interface EngineCommons {
  /** What one engine is told to wait for, all wait for (X07). */
  readonly services: Services;
  readonly gate: Gate;
  readonly pressure: Pressure;
}

/** Whoever makes several engines makes it once, for all of them. There is nothing to close. */
export function createEngineCommons(): EngineCommons {
  const gate = createGate();
  const wide = gate.concurrency;
  const pressure = createPressure((level) => (gate.concurrency = level.kind === 'high' ? 1 : wide));
  return { services: new Map(), gate, pressure };
}
