import { setTimeout as sleepFor } from 'node:timers/promises';

/** How long to wait after the given attempt, counted from 1: doubled each time, at most `max` milliseconds. */
export function backoff(attempt, { base = 100, factor = 2, max = 30_000 } = {}) {
  return Math.min(max, base * factor ** (attempt - 1));
}

/**
 * Calls `task(attempt)` until it succeeds, at most `attempts` times, and throws the last error.
 * `shouldRetry(error)` may end it early; options of `backoff` set the waits.
 */
export async function retry(task, { attempts = 3, shouldRetry = () => true, sleep = sleepFor, ...waits } = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt);
    } catch (error) {
      if (attempt >= attempts || !shouldRetry(error)) throw error;
      await sleep(backoff(attempt, waits));
    }
  }
}
