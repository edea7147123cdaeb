import type { RunSummary } from '../../node/runReader.ts';
import { formatDuration, formatUsd } from '../../projection/cost.ts';
import { cells, clipCells, oneLine, padCells } from './cells.ts';

/** One line a run: id, status, when, how long, what it cost and where. */
export function runsTable(all: readonly RunSummary[], width: number): string {
  const rows = all.map((run) => [run.runId, run.status, when(run.createdAt), ...spent(run), oneLine(run.cwd)]);
  return tableOf(rows, width);
}

/** Columns as wide as they need, but for the last one. */
export function tableOf(rows: readonly (readonly string[])[], width: number): string {
  const columns = Math.max(0, (rows[0]?.length ?? 0) - 1);
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => cells(row[column] ?? ''))),
  );
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
