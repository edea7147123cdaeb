import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { newId } from './ids.ts';
import { modelRecord } from './modelRecord.ts';

test('a sleep ends with its time, or by rejecting when its signal fires, before or during', async () => {
  await expect(systemClock.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  await expect(systemClock.sleep(60_000, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  const controller = new AbortController();
  const asleep = systemClock.sleep(60_000, controller.signal);
  controller.abort();
  await expect(asleep).rejects.toMatchObject({ name: 'AbortError' });
});

test('ids fit files, branches and command lines, and do not repeat', () => {
  const ids = Array.from({ length: 2_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z][a-z0-9]{9}$/.test(id))).toEqual([]);
});

test.each([
  { source: { kind: 'api', apiKey: 'sk-secret', baseURL: undefined }, record: { kind: 'api', baseURL: null } },
  {
    source: { kind: 'api', apiKey: undefined, baseURL: 'http://me:word@localhost:4000/v1' },
    record: { kind: 'api', baseURL: 'http://localhost:4000/v1' },
  },
  { source: { kind: 'simulate', rulesText: '[]' }, record: { kind: 'simulated', rulesText: '[]' } },
] as const)('a manifest says $record of a model source', ({ source, record }) => {
  expect(modelRecord(source)).toEqual(record);
});
