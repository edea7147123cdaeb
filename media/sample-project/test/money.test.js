import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMoney, percentage, split } from '../src/money.js';

test('percentage: rounds to whole cents', () => {
  assert.equal(percentage(1999, 19), 380);
  assert.equal(percentage(1001, 50), 501);
});

test('percentage: rounds a refund like the charge, away from zero', () => {
  assert.equal(percentage(-1001, 50), -501);
  assert.equal(percentage(-50, 5), -3);
});

test('percentage: is never minus zero', () => {
  assert.equal(percentage(-1, 10), 0);
});

test('split: gives the left-over cents to the first parts', () => {
  assert.deepEqual(split(1000, 3), [334, 333, 333]);
  assert.deepEqual(split(-5, 3), [-2, -2, -1]);
});

test('split: refuses a number of parts that makes no sense', () => {
  assert.throws(() => split(100, 0), RangeError);
  assert.throws(() => split(100, 1.5), RangeError);
});

test('formatMoney: groups thousands and always shows two digits', () => {
  assert.equal(formatMoney(123456), '1,234.56 EUR');
  assert.equal(formatMoney(5), '0.05 EUR');
  assert.equal(formatMoney(-100000000, 'USD'), '-1,000,000.00 USD');
});
