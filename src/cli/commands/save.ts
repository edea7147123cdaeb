import { saveWorkflow } from '../../node/saveWorkflow.ts';
import { readRun } from '../../node/runReader.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';
import { libraryFolders } from '../places.ts';

const FLAGS = {
  personal: { type: 'boolean' },
  replace: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** `dwf save <runId> [name]`: a good run's script, from now on run by its name. */
export async function save(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('save', argv, FLAGS);
  const [text, name, extra] = positionals;
  if (text === undefined || extra !== undefined)
    throw new CommandError('Name a run, and what to call its workflow: dwf save <runId> [name]');
  const { dir } = await locateRun(io, text, 'nothing to save');
  const read = await readRun(dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  const saved = await saveWorkflow({
    ...{ runDir: dir, cwd: read.run.cwd, personal: libraryFolders(io).personal, name, replace: values.replace },
    to: values.personal ? 'personal' : 'project',
  });
  switch (saved.kind) {
    case 'refused':
      throw new CommandError(saved.message.split('\n'));
    case 'exists':
      throw new CommandError(
        `There is another workflow at ${saved.path}. Give a name of its own, or --replace it: dwf save ${text} ${saved.name} --replace`,
      );
    case 'saved':
      io.stdout.write(
        values.json ? `${JSON.stringify(saved)}\n` : `Saved: ${saved.path}\nRun it with: dwf run ${saved.name}\n`,
      );
      return EXIT.completed;
  }
}
