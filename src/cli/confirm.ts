import type { Io } from './io.ts';

/** Yes is the default. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  io.stdout.write(`${question} [Y/n] `);
  const answer = await io.readLine();
  return answer !== null && /^\s*(y(es)?)?\s*$/i.test(answer);
}
