import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, addMonths, daysBetween, isWeekend } from '../src/dates.js';

test('addDays: crosses months and leap days', () => {
  assert.equal(addDays('2024-02-28', 1), '2024-02-29');
  assert.equal(addDays('2023-02-28', 1), '2023-03-01');
  assert.equal(addDays('2024-01-01', -1), '2023-12-31');
});

test('addMonths: keeps the day of the month', () => {
  assert.equal(addMonths('2024-05-15', 1), '2024-06-15');
  assert.equal(addMonths('2024-11-30', 3), '2025-02-28');
  assert.equal(addMonths('2024-03-31', -1), '2024-02-29');
});

test('daysBetween: counts whole days in both directions', () => {
  assert.equal(daysBetween('2024-02-27', '2024-03-01'), 3);
  assert.equal(daysBetween('2024-03-01', '2024-02-27'), -3);
});

test('isWeekend: is true on Saturday and Sunday', () => {
  assert.equal(isWeekend('2024-06-01'), true);
  assert.equal(isWeekend('2024-06-02'), true);
  assert.equal(isWeekend('2024-06-03'), false);
});

test('refuses days that do not exist', () => {
  assert.throws(() => addDays('2023-02-29', 1), TypeError);
  assert.throws(() => addDays('next week', 1), TypeError);
});
