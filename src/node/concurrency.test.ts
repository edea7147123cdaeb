import { expect, test } from 'vitest';
import { concurrencyOf } from './concurrency.ts';

test.each([
  { written: 'elastic', is: 'elastic' },
  { written: '1', is: 1 },
  { written: 256, is: 256 },
  { written: 'cores', cores: 1, is: 2 },
  { written: 'cores', cores: 8, is: 6 },
  { written: 'cores', cores: 64, is: 16 },
  ...['0', '257', 1.5, '1e2', 'many', '', '-1', null, {}, NaN].map((written) => ({ written, is: null })),
])('W37 $written is $is', ({ written, is, ...on }) => {
  expect(concurrencyOf(written, 'cores' in on ? on.cores : 8)).toBe(is);
});
