import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, gaps, mergeRanges } from '../src/ranges.js';

const range = (start, end) => ({ start, end });

test('mergeRanges: joins ranges that overlap or touch', () => {
  assert.deepEqual(mergeRanges([range(1, 3), range(2, 5), range(5, 6)]), [range(1, 6)]);
});

test('mergeRanges: sorts what stays apart', () => {
  assert.deepEqual(mergeRanges([range(8, 9), range(1, 2)]), [range(1, 2), range(8, 9)]);
});

test('mergeRanges: keeps a range that lies in another', () => {
  assert.deepEqual(mergeRanges([range(0, 10), range(2, 3)]), [range(0, 10)]);
});

test('mergeRanges: leaves its input as it was', () => {
  const input = [range(5, 7), range(1, 3), range(2, 4)];
  mergeRanges(input);
  assert.deepEqual(input, [range(5, 7), range(1, 3), range(2, 4)]);
});

test('covers: includes the start and excludes the end', () => {
  assert.equal(covers([range(1, 3)], 1), true);
  assert.equal(covers([range(1, 3)], 3), false);
});

test('gaps: finds what is left open', () => {
  assert.deepEqual(gaps([range(2, 4), range(6, 12)], range(0, 10)), [range(0, 2), range(4, 6)]);
  assert.deepEqual(gaps([], range(0, 10)), [range(0, 10)]);
  assert.deepEqual(gaps([range(0, 10)], range(2, 8)), []);
});
