import { expect, test } from 'vitest';
import type { Pressure, PressureLevel } from '../workflow/pressure.ts';
import { createPressure, levelOf, type MachineState } from './pressure.ts';

const AT_EASE: MachineState = { lagMs: 3, freeBytes: 6e9, totalBytes: 16e9, heapUsed: 0.2 };

test.each<{ name: string; state: Partial<MachineState>; why: string | null }>([
  { name: 'at ease', state: {}, why: null },
  { name: 'busy, but not behind', state: { lagMs: 150 }, why: null },
  { name: 'behind with its work', state: { lagMs: 400 }, why: 'does not keep up with its work' },
  { name: 'almost out of memory', state: { freeBytes: 0.7e9 }, why: 'is short of memory' },
  { name: 'above a limit of its own', state: { freeBytes: -1 }, why: 'is short of memory' },
  { name: 'with a heap that is almost full', state: { heapUsed: 0.9 }, why: 'is short of memory' },
])('W37 a machine $name', ({ state, why }) => {
  const level = levelOf({ ...AT_EASE, ...state });
  expect(level).toEqual(why === null ? { kind: 'none' } : { kind: 'high', why });
});

test('W37 a process that is blocked is found behind, and is measured while somebody listens', async () => {
  const told: PressureLevel[] = [];
  const pressure = createPressure((level) => told.push(level), 100);
  expect(await highWhileBlocked(pressure)).toEqual({ kind: 'high', why: 'does not keep up with its work' });
  expect(told.at(-1)).toEqual({ kind: 'none' });
  const heard = told.length;
  const other = createPressure(() => undefined, 100);
  await new Promise<void>((resolve) => {
    let measured = 0;
    const listening = other.subscribe(() => {
      measured += 1;
      if (measured < 3) return;
      listening.dispose();
      resolve();
    });
  });
  expect(told).toHaveLength(heard);
});

function highWhileBlocked(pressure: Pressure): Promise<PressureLevel> {
  return new Promise((resolve) => {
    const listening = pressure.subscribe((level) => {
      if (level.kind === 'none') return;
      listening.dispose();
      clearInterval(blocking);
      resolve(level);
    });
    const blocking = setInterval(() => {
      const until = performance.now() + 400;
      while (performance.now() < until);
    }, 1);
  });
}
