import type { Disposable } from '../base/disposable.ts';

/** How hard the machine is pressed. `why` reads on after "The machine": `is short of memory`. */
export type PressureLevel = { readonly kind: 'none' } | { readonly kind: 'high'; readonly why: string };

export interface Pressure {
  /** Calls `on` with each measurement, some seconds apart, until it is disposed. */
  subscribe(on: (level: PressureLevel) => void): Disposable;
}
