import { formatDuration, formatUsd } from '../../projection/cost.ts';
import { listRuns, type RunSummary } from '../../node/runReader.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { usageObject } from '../runObject.ts';
import { cells, clipCells, oneLine, padCells } from '../view/cells.ts';

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

/** One line a run: id, status, when, how long, what it cost and where. */
export function runsTable(all: readonly RunSummary[], width: number): string {
  const rows = all.map((run) => [run.runId, run.status, when(run.createdAt), ...spent(run), oneLine(run.cwd)]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => cells(row[column] ?? ''))));
  return rows
    .map((row) =>
      row.map((cell, column) => (column < widths.length ? padCells(cell, widths[column] ?? 0) : cell)).join('  '),
    )
    .map((line) => `${clipCells(line, width)}\n`)
    .join('');
}

function spent({ usage }: RunSummary): readonly [string, string] {
  return usage === null ? ['', ''] : [formatDuration(usage.ms), formatUsd(usage.usd)];
}

/** `2026-11-23 05:04`, where the person is. */
export function when(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
