import { freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Pressure, PressureLevel } from '../workflow/pressure.ts';

/** What one measurement finds; bytes and milliseconds. */
export interface MachineState {
  /** How late this process comes to its work, on average since the last one. */
  readonly lagMs: number;
  /** What may still be used before the system, or a limit on this process, steps in. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** How much of the heap's own limit is used, from 0 to 1. */
  readonly heapUsed: number;
}

const EVERY_MS = 2_000;
const RESOLUTION_MS = 20;
const MAX_LAG_MS = 200;
const LEAST_FREE = 0.05;
const MOST_HEAP = 0.85;

export function levelOf({ lagMs, freeBytes, totalBytes, heapUsed }: MachineState): PressureLevel {
  if (freeBytes < LEAST_FREE * totalBytes || heapUsed > MOST_HEAP) return { kind: 'high', why: 'is short of memory' };
  if (lagMs > MAX_LAG_MS) return { kind: 'high', why: 'does not keep up with its work' };
  return { kind: 'none' };
}

/** Measures while somebody listens, and keeps no process alive for it. `onLevel` hears of each measurement too. */
export function createPressure(onLevel: (level: PressureLevel) => void, everyMs: number = EVERY_MS): Pressure {
  const listeners = new Set<(level: PressureLevel) => void>();
  let stop: (() => void) | null = null;

  const start = (): (() => void) => {
    const lag = lagMeter();
    const timer = setInterval(() => {
      const level = levelOf({ lagMs: lag.sinceLast(), ...memory() });
      for (const on of [onLevel, ...listeners]) on(level);
    }, everyMs).unref();
    return () => {
      clearInterval(timer);
      lag.stop();
    };
  };

  return {
    subscribe: (on) => {
      listeners.add(on);
      stop ??= start();
      return {
        dispose: () => {
          if (!listeners.delete(on) || listeners.size > 0) return;
          stop?.();
          stop = null;
          onLevel({ kind: 'none' });
        },
      };
    },
  };
}

/** Sums are kept and told apart here: a histogram that is reset loses the sample that comes next. */
function lagMeter() {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before = { samples: 0, ms: 0 };
  return {
    sinceLast: (): number => {
      const samples = delay.count;
      const ms = samples === 0 ? 0 : (delay.mean * samples) / 1e6;
      const news = samples - before.samples;
      const lag = news === 0 ? 0 : (ms - before.ms) / news - RESOLUTION_MS;
      before = { samples, ms };
      return lag;
    },
    stop: () => void delay.disable(),
  };
}

function memory(): Omit<MachineState, 'lagMs'> {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  const heapUsed = used / limit;
  const whole = totalmem();
  // What macOS calls free is the little it found no use for.
  const system = { freeBytes: process.platform === 'darwin' ? whole : freemem(), totalBytes: whole, heapUsed };
  // Of a container; 0 or more than there is without one.
  const allowed = process.constrainedMemory();
  if (!(allowed > 0 && allowed < whole)) return system;
  const freeBytes = Math.min(system.freeBytes, allowed - process.memoryUsage.rss());
  return { freeBytes, totalBytes: allowed, heapUsed };
}
