import type { Io } from './io.ts';

/** Yes is the default; a signal that fires meanwhile is a no. */
export async function confirm(io: Io, question: string, signal?: AbortSignal): Promise<boolean> {
  io.stdout.write(`${question} [Y/n] `);
  const answer = await io.readLine(signal);
  return answer !== null && /^\s*(y(es)?)?\s*$/i.test(answer);
}
