import { expect, test } from 'vitest';
import { Failures } from './failures.ts';

test('W23 alike failures are one entry with a count; what differs in anything is an entry of its own', () => {
  const failures = new Failures();
  const slot = { cause: 'script', label: 'parallel[0]', message: 'gone' } as const;
  const ofAgent = { cause: 'timeout', message: 'It took too long.', label: 'look', agentId: 'a1' } as const;
  expect(failures.add(slot)).toEqual(slot);
  expect(failures.add(ofAgent)).toEqual(ofAgent);
  expect(failures.add({ ...ofAgent, agentId: 'a2' })).toEqual({ ...ofAgent, agentId: 'a2' });
  expect(failures.add({ ...slot, cause: 'api' })).toEqual({ ...slot, cause: 'api' });
  expect(failures.add(slot)).toEqual({ ...slot, times: 2 });
  failures.add(slot);
  expect(failures.all).toEqual([
    { ...slot, times: 3 },
    ofAgent,
    { ...ofAgent, agentId: 'a2' },
    { ...slot, cause: 'api' },
  ]);
});

test('W23 the same message is counted over all that fail by it', () => {
  const failures = new Failures();
  for (const label of ['a', 'b', 'b']) failures.add({ cause: 'script', label, message: 'gone' });
  expect([failures.timesOf('gone'), failures.timesOf('other')]).toEqual([3, 0]);
});

test('W23 the error by which the script is told of a failure is known again', () => {
  const failures = new Failures();
  const [told, other] = [new Error('spent'), new Error('spent')];
  failures.add({ cause: 'budget', label: 'a', message: 'spent' }, told);
  expect([failures.hasThrown(told), failures.hasThrown(other)]).toEqual([true, false]);
});
