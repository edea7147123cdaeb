import { count } from '../../base/text.ts';
import type { DecidedChange } from '../../projection/decisions.ts';
import { cells, clipCells, oneLine, padCells } from './cells.ts';

const STANDING: Readonly<Record<DecidedChange['standing'], string>> = {
  empty: 'empty',
  discarded: 'discarded',
  merged: 'merged',
  applied: 'applied',
  landed: 'landed',
  refused: 'refused',
  open: 'open',
};

/** One line a change: id, label, files, lines, what its review said, how it stands and where it is. */
export function changesTable(changes: readonly DecidedChange[], width: number): string {
  const rows = changes.map((change) => [
    change.id,
    clipCells(oneLine(change.label), 40),
    count(change.files.length, 'file'),
    `+${change.additions} -${change.deletions}`,
    change.approved === null ? 'no review' : change.approved ? 'approved' : 'not approved',
    STANDING[change.standing],
    oneLine(change.branch),
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => cells(row[column] ?? ''))));
  return rows
    .map((row) =>
      row.map((cell, column) => (column < widths.length ? padCells(cell, widths[column] ?? 0) : cell)).join('  '),
    )
    .map((line) => `${clipCells(line, width).trimEnd()}\n`)
    .join('');
}
