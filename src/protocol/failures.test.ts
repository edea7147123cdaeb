import { expect, test } from 'vitest';
import { alikeFailures, failureCount, failureText } from './failures.ts';
import type { Failure } from './run.ts';

test('W23 what failed in the same way is told once, with the first of them by name', () => {
  const capped = (n: number): Failure => ({ cause: 'budget', label: `file ${n}`, message: 'Spent.' });
  const failures: Failure[] = [capped(1), { cause: 'api', label: 'other', message: 'Spent.' }, capped(2)];
  for (let n = 3; n <= 40; n += 1) failures.push(capped(n));
  const [budget, api] = alikeFailures(failures);
  expect(budget && failureText(budget)).toBe('file 1, file 2, file 3 and 37 more: Spent.');
  expect(budget && failureText(budget, Infinity).length).toBeGreaterThan(250);
  expect(api && failureText(api)).toBe('other: Spent.');
  expect(failureCount(alikeFailures(failures))).toBe(failureCount(failures));
});

test.each([
  { labels: [], times: 1, text: 'Gone.' },
  { labels: [], times: 12, text: 'Gone. (12 times)' },
  { labels: ['a'], times: 12, text: 'a: Gone. (12 times)' },
  { labels: ['a', 'b'], times: 2, text: 'a and b: Gone.' },
  { labels: ['a', 'b', 'c', 'd'], times: 4, text: 'a, b, c and d: Gone.' },
  { labels: ['a', 'b', 'c', 'd', 'e'], times: 9, text: 'a, b, c and 2 more: Gone. (9 times)' },
])('W23 a failure reads well: $text', ({ labels, times, text }) => {
  expect(failureText({ labels, times, message: 'Gone.' })).toBe(text);
});
