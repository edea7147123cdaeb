import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, retry } from '../src/retry.js';

function failing(times) {
  return async (attempt) => {
    if (attempt <= times) throw new Error(`attempt ${attempt} failed`);
    return `done at ${attempt}`;
  };
}

test('backoff: doubles up to the maximum', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => backoff(attempt, { base: 100, max: 500 })),
    [100, 200, 400, 500],
  );
});

test('retry: goes on until it succeeds', async () => {
  const waits = [];
  const result = await retry(failing(2), { base: 10, sleep: async (ms) => waits.push(ms) });
  assert.equal(result, 'done at 3');
  assert.deepEqual(waits, [10, 20]);
});

test('retry: throws the last error without another wait', async () => {
  const waits = [];
  await assert.rejects(retry(failing(9), { attempts: 2, sleep: async (ms) => waits.push(ms) }), /attempt 2 failed/);
  assert.equal(waits.length, 1);
});

test('retry: stops where a retry makes no sense', async () => {
  await assert.rejects(retry(failing(9), { shouldRetry: () => false }), /attempt 1 failed/);
});
