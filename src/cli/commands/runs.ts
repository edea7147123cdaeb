import { listRuns, type RunSummary } from '../../node/runReader.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { usageObject } from '../runObject.ts';
import { runsTable } from '../view/runsTable.ts';

/** `dwf runs`: of all projects, newest first; `dwf runs prune` and `dwf runs rm` delete some. */
export async function runs(io: Io, argv: readonly string[]): Promise<number> {
  const [what, ...rest] = argv;
  if (what === 'prune') return (await import('./pruneRuns.ts')).pruneCommand(io, rest);
  if (what === 'rm') return (await import('./removeRuns.ts')).removeRuns(io, rest);
  const { values, positionals } = parseFlags('runs', argv, { json: { type: 'boolean' } });
  if (positionals.length > 0)
    throw new CommandError('`dwf runs` takes no names but prune and rm. `dwf show <runId>` shows one run.');
  const all = await listRuns(homeOf(io));
  if (values.json === true) io.stdout.write(`${JSON.stringify(all.map(runsObject))}\n`);
  else if (all.length === 0) io.stdout.write('No runs yet. Start one: dwf run <file|name>\n');
  else io.stdout.write(runsTable(all, io.stdout.isTerminal ? io.stdout.size().columns : Infinity));
  return EXIT.completed;
}

function runsObject({ usage, ...rest }: RunSummary) {
  return { ...rest, usage: usage === null ? null : usageObject(usage) };
}
