import { discardChange, restoreChange } from '../../node/apply/discardChange.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { changeNamed, changesOf, interruptible, refuseAgents } from '../runChanges.ts';
import { manyLines, oneLine } from '../view/cells.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  undo: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
} as const;

/** `dwf discard <runId> <change>`: a change that nobody wants loses its branch; `--undo` brings it back. */
export async function discard(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('discard', argv, FLAGS);
  const [text, named, extra] = positionals;
  const usage = 'dwf discard <runId> <change>';
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf discard --help`);
  refuseAgents();
  const known = await changesOf(io, text, usage);
  if (named === undefined)
    throw new CommandError(`Name a change: ${usage}. \`dwf changes ${known.run.runId}\` lists them.`);
  const change = changeNamed(known, named);
  const label = oneLine(change.label);
  const { undo = false, yes = false, json = false } = values;
  if (!undo && change.outcome === 'landed')
    throw new CommandError(
      `${label} has landed (${change.why}), and its branch is not needed for that. Discarding would not take it out.`,
    );
  if (undo && change.standing !== 'discarded') throw new CommandError(`${label} is not discarded.`);
  if (!undo && change.standing === 'discarded') throw new CommandError(`${label} is discarded already.`);
  if (!undo && !yes && !json && io.canAsk && !(await confirm(io, `Discard ${label} and delete its branch?`))) {
    io.stderr.write('Nothing was changed.\n');
    return EXIT.refused;
  }
  const request = { run: known.place, cwd: known.run.cwd, change };
  const done = await interruptible(io, (signal) => (undo ? restoreChange : discardChange)(known.deps, request, signal));
  if (done.kind === 'failed') throw new CommandError(manyLines(done.message));
  const said =
    done.kind === 'discarded'
      ? `${label} is discarded: ${done.branch} is deleted, and its commit ${done.commit.slice(0, 8)} kept until the run is deleted. Undo: dwf discard ${known.run.runId} ${change.id} --undo`
      : `${label} is back, on ${done.branch}.`;
  io.stdout.write(json ? `${JSON.stringify({ change: change.id, ...done })}\n` : manyLines(`${said}\n`));
  return EXIT.completed;
}
