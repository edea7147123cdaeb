import { count } from '../../base/text.ts';
import { summaryOf, type RunSummary } from '../../node/runReader.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { deleteAll } from '../deletions.ts';
import type { Io } from '../io.ts';
import { RUNS, type Kept } from '../kept.ts';
import { locateRun } from '../locateRun.ts';
import { parseFlags } from '../parseFlags.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  force: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
} as const;

/** `dwf runs rm <runId>…`, `dwf sessions rm <id>…` */
export async function removeRuns(io: Io, argv: readonly string[], kept: Kept = RUNS): Promise<number> {
  const { values, positionals } = parseFlags(kept.kind, argv, FLAGS);
  if (positionals.length === 0)
    throw new CommandError(
      `Name a ${kept.noun}: dwf ${kept.kind} rm <${kept.noun === 'run' ? 'runId' : 'id'}>. \`dwf ${kept.kind}\` lists them.`,
    );
  const runs = new Map<string, RunSummary>();
  for (const text of positionals) {
    const { dir, runId } = await locateRun(io, text, 'nothing to delete', kept);
    const summary = await summaryOf(dir);
    if (summary === null) throw new CommandError(`${dir} cannot be read by this version; delete the folder by hand.`);
    runs.set(runId, summary);
  }
  const json = values.json === true;
  const what = runs.size === 1 ? `${kept.noun} ${[...runs.keys()].join()}` : count(runs.size, kept.noun);
  // Whoever names a run in a script means it; a person may have mistyped.
  if (values.yes !== true && io.canAsk && !json && !(await confirm(io, `Delete ${what}?`))) {
    io.stderr.write('Nothing was deleted.\n');
    return EXIT.refused;
  }
  return deleteAll(io, [...runs.values()], { force: values.force === true, json, kept });
}
