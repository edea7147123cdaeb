import { findRun } from '../node/runReader.ts';
import { CommandError } from './commandError.ts';
import type { Io } from './io.ts';
import { homeOf } from './places.ts';

/** The run that a person means by its id or a beginning of it. `otherwise` ends the sentence when there is none. */
export async function locateRun(
  io: Io,
  text: string,
  otherwise: string,
): Promise<{ readonly runId: string; readonly dir: string }> {
  const found = await findRun(homeOf(io), text);
  switch (found.kind) {
    case 'found':
      return found;
    case 'unknown':
      throw new CommandError(`There is no run ${text}: ${otherwise}. \`dwf runs\` lists them.`);
    case 'ambiguous':
      throw new CommandError(`Several runs begin with ${text}: ${found.runIds.join(', ')}. Give more of the id.`);
  }
}
