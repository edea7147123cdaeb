import { count } from '../../base/text.ts';
import { summaryOf, type RunSummary } from '../../node/runReader.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { deleteAll } from '../deletions.ts';
import type { Io } from '../io.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  force: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
} as const;

/** `dwf runs rm <runId>…` */
export async function removeRuns(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('runs', argv, FLAGS);
  if (positionals.length === 0) throw new CommandError('Name a run: dwf runs rm <runId>. `dwf runs` lists them.');
  const runs = new Map<string, RunSummary>();
  for (const text of positionals) {
    const { dir, runId } = await locateRun(io, text, 'nothing to delete');
    const summary = await summaryOf(dir);
    if (summary === null) throw new CommandError(`${dir} cannot be read by this version; delete the folder by hand.`);
    runs.set(runId, summary);
  }
  const json = values.json === true;
  const what = runs.size === 1 ? `run ${[...runs.keys()].join()}` : count(runs.size, 'run');
  // Whoever names a run in a script means it; a person may have mistyped.
  if (values.yes !== true && io.canAsk && !json && !(await confirm(io, `Delete ${what}?`))) {
    io.stderr.write('Nothing was deleted.\n');
    return EXIT.refused;
  }
  return deleteAll(io, [...runs.values()], { force: values.force === true, json });
}
