import { count } from '../../base/text.ts';
import { unlandedWork, type WorkOfRun } from '../../node/deleteRun.ts';
import { DEFAULT_RETENTION, runsToPrune, type Retention } from '../../node/pruneRuns.ts';
import type { RunSummary } from '../../node/runReader.ts';
import { sizeOfFolder } from '../../node/runSize.ts';
import { formatBytes } from '../../projection/cost.ts';
import { CommandError, EXIT } from '../commandError.ts';
import { deleteAll, deletionDeps, unreadableWords } from '../deletions.ts';
import type { Io } from '../io.ts';
import { RUNS, type Kept } from '../kept.ts';
import { parseFlags, wholeNumber } from '../parseFlags.ts';
import { homeOf } from '../places.ts';
import { runsTable } from '../view/runsTable.ts';
import { confirm } from '../confirm.ts';

const FLAGS = {
  'older-than': { type: 'string' },
  keep: { type: 'string' },
  failed: { type: 'boolean' },
  all: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
} as const;

/** `dwf runs prune`, `dwf sessions prune`: says what goes, asks, deletes. */
export async function pruneCommand(io: Io, argv: readonly string[], kept: Kept = RUNS): Promise<number> {
  const { values, positionals } = parseFlags(kept.kind, argv, FLAGS);
  if (positionals.length > 0)
    throw new CommandError(`\`dwf ${kept.kind} prune\` takes no names: dwf ${kept.kind} rm <id> deletes one.`);
  if (values.all === true && values.failed === true) throw new CommandError('Give one of --all and --failed.');
  if (values.failed === true && kept.kind === 'sessions')
    throw new CommandError('A session does not fail: leave --failed out.');
  const [json, dry] = [values.json === true, values['dry-run'] === true];
  const going = await runsToPrune(await kept.list(homeOf(io)), retentionOf(values), Date.now());
  if (dry) return showDryRun(io, going, { json, kept });
  if (going.length === 0) {
    io.stdout.write(json ? '{"runs":[],"deleted":0,"bytes":0}\n' : 'There is nothing to prune.\n');
    return EXIT.completed;
  }
  if (values.yes !== true) {
    if (json || !io.canAsk)
      throw new CommandError(
        `${count(going.length, kept.noun)} would go. Give --yes to delete, --dry-run to see which.`,
      );
    io.stdout.write(runsTable(going, io.stdout.size().columns));
    if (!(await confirm(io, `Delete ${count(going.length, kept.noun)}?`))) {
      io.stderr.write('Nothing was deleted.\n');
      return EXIT.refused;
    }
  }
  return deleteAll(io, going, { force: false, json, kept });
}

function retentionOf(values: {
  readonly 'older-than'?: string;
  readonly keep?: string;
  readonly failed?: boolean;
  readonly all?: boolean;
}): Retention {
  const usual = values.all === true ? { ...DEFAULT_RETENTION, olderThanMs: 0, keep: 0 } : DEFAULT_RETENTION;
  return {
    olderThanMs: ageOf(values['older-than']) ?? usual.olderThanMs,
    keep: wholeNumber('keep', values.keep, 0, 1_000_000) ?? usual.keep,
    failedOnly: values.failed === true,
  };
}

const HOUR_MS = 60 * 60 * 1_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

function ageOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  if (number === undefined)
    throw new CommandError(`--older-than is a number of hours, days or weeks such as 12h, 30d or 2w, not "${text}".`);
  return Number(number) * (UNITS[unit] ?? 0);
}

async function showDryRun(
  io: Io,
  going: readonly RunSummary[],
  { json, kept }: { readonly json: boolean; readonly kept: Kept },
): Promise<number> {
  const { git } = await deletionDeps(io);
  const rows: { readonly run: RunSummary; readonly bytes: number; readonly work: WorkOfRun }[] = [];
  for (const run of going) rows.push({ run, bytes: await sizeOfFolder(run.dir), work: await unlandedWork(git, run) });
  const bytes = rows.reduce((sum, row) => (row.work.kind === 'none' ? sum + row.bytes : sum), 0);
  if (json) {
    const runs = rows.map(({ run, work, bytes: size }) => ({
      ...{ runId: run.runId, bytes: size, unlanded: work.kind === 'unlanded' ? work.work : [] },
      ...(work.kind === 'unreadable' && { unreadable: work.message }),
    }));
    io.stdout.write(`${JSON.stringify({ runs, bytes })}\n`);
    return EXIT.completed;
  }
  const free = rows.filter(({ work }) => work.kind === 'none');
  const width = io.stdout.isTerminal ? io.stdout.size().columns : Infinity;
  if (free.length > 0)
    io.stdout.write(
      runsTable(
        free.map(({ run }) => run),
        width,
      ),
    );
  for (const { run, work } of rows) {
    if (work.kind === 'unlanded')
      io.stdout.write(`${run.runId} stays: it has work that is nowhere else: ${work.work.join(', ')}\n`);
    if (work.kind === 'unreadable') io.stdout.write(`${run.runId} stays: ${unreadableWords(run.cwd, work.message)}\n`);
  }
  io.stdout.write(`${count(free.length, kept.noun)} would go, ${formatBytes(bytes)}.\n`);
  return EXIT.completed;
}
