import { likeness } from '../node/files.ts';
import { runFolders } from '../node/runFiles.ts';
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
      throw new CommandError(
        `There is no run ${text}: ${otherwise}.${await nearest(io, text)} \`dwf runs\` lists them.`,
      );
    case 'ambiguous':
      throw new CommandError(`Several runs begin with ${text}: ${found.runIds.join(', ')}. Give more of the id.`);
  }
}

async function nearest(io: Io, text: string): Promise<string> {
  const ids = (await runFolders(homeOf(io))).map(({ runId }) => ({ runId, likeness: likeness(text, runId) }));
  const alike = ids.filter((id) => id.likeness > 0.6).sort((a, b) => b.likeness - a.likeness);
  const names = alike.slice(0, 3).map(({ runId }) => runId);
  return names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
}
