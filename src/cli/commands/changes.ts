import { count } from '../../base/text.ts';
import type { DecidedChange } from '../../projection/decisions.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { changesOf } from '../runChanges.ts';
import { changesTable } from '../view/changesTable.ts';

/** `dwf changes <runId>`: what a run made, and what became of it. */
export async function changes(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('changes', argv, { json: { type: 'boolean' } });
  const [text, extra] = positionals;
  if (extra !== undefined) throw new CommandError(`"${extra}" is one too many. See: dwf changes --help`);
  const known = await changesOf(io, text, 'dwf changes <runId>');
  const { runId } = known.run;
  if (values.json === true) {
    const { decisions } = known;
    io.stdout.write(`${JSON.stringify({ runId, changes: known.changes.map(changeObject), decisions })}\n`);
    return EXIT.completed;
  }
  const width = io.stdout.isTerminal ? io.stdout.size().columns : Infinity;
  if (known.changes.length === 0) io.stdout.write(`Run ${runId} has made no changes.\n`);
  else io.stdout.write(`${changesTable(known.changes, width)}${hint(runId, known.changes)}`);
  return EXIT.completed;
}

function hint(runId: string, all: readonly DecidedChange[]): string {
  const landed = all.filter(({ outcome }) => outcome === 'landed').length;
  return landed === 0
    ? `\nNone has landed. Look at one: dwf diff ${runId} <change>\n`
    : `\n${count(landed, 'change')} landed. Look: dwf diff ${runId}. Take over: dwf apply ${runId}\n`;
}

function changeObject({ why: _why, outcome: _outcome, ...rest }: DecidedChange) {
  return rest;
}
