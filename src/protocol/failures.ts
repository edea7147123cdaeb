import type { Failure } from './run.ts';

/** How much did not become a result: an entry may stand for several that are alike. */
export function failureCount(failures: readonly Failure[]): number {
  return failures.reduce((sum, { times = 1 }) => sum + times, 0);
}

/** Its message, and how often it came where that was more than once: `It failed. (12 times)`. */
export function failureText({ message, times = 1 }: Failure): string {
  return times === 1 ? message : `${message} (${times} times)`;
}
