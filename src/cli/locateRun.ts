import { likeness } from '../node/files.ts';
import { runFolders, type RunKind } from '../node/runFiles.ts';
import { findRun } from '../node/runReader.ts';
import { CommandError } from './commandError.ts';
import type { Io } from './io.ts';
import { RUNS, type Kept } from './kept.ts';
import { homeOf } from './places.ts';

/** The run that a person means by its id or a beginning of it. `otherwise` ends the sentence when there is none. */
export async function locateRun(
  io: Io,
  text: string,
  otherwise: string,
  kept: Pick<Kept, 'kind' | 'noun'> = RUNS,
): Promise<{ readonly runId: string; readonly dir: string }> {
  const found = await findRun(homeOf(io), text, kept.kind);
  switch (found.kind) {
    case 'found':
      return found;
    case 'unknown':
      throw new CommandError(
        `There is no ${kept.noun} ${text}: ${otherwise}.${await nearest(io, text, kept.kind)} \`dwf ${kept.kind}\` lists them.`,
      );
    case 'ambiguous':
      throw new CommandError(
        `Several ${kept.kind} begin with ${text}: ${found.runIds.join(', ')}. Give more of the id.`,
      );
  }
}

async function nearest(io: Io, text: string, kind: RunKind): Promise<string> {
  const ids = (await runFolders(homeOf(io), undefined, kind)).map(({ runId }) => ({
    runId,
    likeness: likeness(text, runId),
  }));
  const alike = ids.filter((id) => id.likeness > 0.6).sort((a, b) => b.likeness - a.likeness);
  const names = alike.slice(0, 3).map(({ runId }) => runId);
  return names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
}
