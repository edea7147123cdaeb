import { count } from '../../base/text.ts';
import { listWorktrees, sweepWorktrees, type KnownWorktree, type Swept } from '../../node/apply/worktreeCensus.ts';
import { formatBytes } from '../../projection/cost.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { deletionDeps } from '../deletions.ts';
import type { Io } from '../io.ts';
import { parseFlags } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { cells, manyLines, oneLine, padCells } from '../view/cells.ts';

const FLAGS = { 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** `dwf worktrees`: those of all runs; `dwf worktrees gc` removes the ones that nobody has any more. */
export async function worktrees(io: Io, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('worktrees', argv, FLAGS);
  const [what, extra] = positionals;
  if ((what !== undefined && what !== 'gc') || extra !== undefined)
    throw new CommandError('It is `dwf worktrees` or `dwf worktrees gc`. See: dwf worktrees --help');
  const [gc, dryRun, json] = [what === 'gc', values['dry-run'] === true, values.json === true];
  const known = await listWorktrees(homeOf(io));
  if (!gc) return list(io, known, json);
  const free = known.filter(({ pid, repository }) => pid === null && repository !== null);
  if (dryRun) return forecast(io, known, free, json);
  const { worktrees: port } = await deletionDeps(io);
  const swept = await sweepWorktrees({ home: homeOf(io), worktrees: port }, known);
  if (json) io.stdout.write(`${JSON.stringify(swept)}\n`);
  else io.stdout.write(manyLines(sweptText(swept)));
  return EXIT.completed;
}

function list(io: Io, known: readonly KnownWorktree[], json: boolean): number {
  if (json) io.stdout.write(`${JSON.stringify({ worktrees: known })}\n`);
  else if (known.length === 0) io.stdout.write('There are no worktrees.\n');
  else {
    const bytes = known.reduce((sum, one) => sum + one.bytes, 0);
    io.stdout.write(`${table(known)}${count(known.length, 'worktree')}, ${formatBytes(bytes)}.\n`);
  }
  return EXIT.completed;
}

function forecast(io: Io, known: readonly KnownWorktree[], free: readonly KnownWorktree[], json: boolean): number {
  const bytes = free.reduce((sum, one) => sum + one.bytes, 0);
  if (json) io.stdout.write(`${JSON.stringify({ worktrees: free, bytes })}\n`);
  else
    io.stdout.write(
      `${table(free)}${count(free.length, 'worktree')} would go, ${formatBytes(bytes)}; ${known.length - free.length} would stay. What is not committed in them is kept first.\n`,
    );
  return EXIT.completed;
}

function table(known: readonly KnownWorktree[]): string {
  const rows = known.map((one) => [one.runId, one.name, formatBytes(one.bytes), standing(one), one.path].map(oneLine));
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => cells(row[column] ?? ''))));
  return rows
    .map((row) => row.map((cell, at) => (at < widths.length ? padCells(cell, widths[at] ?? 0) : cell)).join('  '))
    .map((line) => `${line}\n`)
    .join('');
}

function standing({ pid, repository }: KnownWorktree): string {
  if (pid !== null) return `in use by process ${pid}`;
  return repository === null ? 'repository is gone' : 'nobody has it';
}

function sweptText({ removed, bytes, kept, left }: Swept): string {
  const stays = left.map(({ worktree, why }) => `${worktree.path} stays: ${why}.\n`);
  const saved = kept.map(
    ({ runId, place, repository }) => `Uncommitted work of run ${runId} is kept: ${place} (in ${repository})\n`,
  );
  return `${stays.join('')}${saved.join('')}Removed ${count(removed.length, 'worktree')}, ${formatBytes(bytes)} freed.\n`;
}
