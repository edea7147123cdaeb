import * as z from 'zod';
import { alikeFailures, failureCount, failureText } from '../../protocol/failures.ts';
import type { Json } from '../../protocol/json.ts';
import { count, headline } from '../../base/text.ts';
import { snapshotText } from '../../projection/baseWords.ts';
import { cacheText } from '../../projection/cacheShare.ts';
import { censusText } from '../../projection/census.ts';
import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { changeTable, type ChangeRow } from '../../projection/select.ts';
import { headOf, resultText } from '../../protocol/resultText.ts';
import type { RunState } from '../../projection/state.ts';
import type { RunEnd, RunUsage } from '../../protocol/run.ts';
import type { Line, Look } from './cells.ts';
import { cells, clipCells, manyLines, oneLine, padCells } from './cells.ts';

export interface ReportOptions {
  readonly runId: string;
  /** Of what is reported: this attempt. */
  readonly usage: RunUsage;
  readonly simulated: boolean;
  /** All that is known of it; false: its most telling part, and not why it stopped, which is said elsewhere then. */
  readonly full: boolean;
  /** The file with the whole result. */
  readonly resultPath: string;
  /** Columns that a row of the table may take; Infinity where there is no terminal. All else is left whole, for copying. */
  readonly width: number;
  /** Where the repository is, when it is not where the person stands. */
  readonly gitFolder?: string;
}

const MAX_RESULT_LINES = 60;
const MAX_RESULT_CHARS = 2_000;
/** Where a run is looked at by itself. */
const MAX_RESULT_CHARS_FULL = 20_000;
const MAX_FAILURES = 10;
/** Of what failed in the same way. */
const LABELS = 3;

/** What a person reads once a run has ended: how it ended, what came of it, where that is and what it took. */
export function report(state: RunState, end: RunEnd, options: ReportOptions): readonly Line[] {
  const said = saidInResult(end.result);
  const rows = outcomeRows(state, said);
  return [
    [],
    ...headLines(state, end, said.message, options),
    ...(rows.length === 0 ? [] : [[], ...table(rows, options.width)]),
    ...(rows.length === 0 && said.message === undefined && hasResult(end)
      ? [[], ...resultLines(end.result, options)]
      : []),
    ...failureLines(end, options),
    [],
    ...facts([
      ...branchFacts(state, options),
      spent(options),
      ...censusFacts(state),
      ['Run', `${options.runId}, in full: dwf show ${options.runId}`],
    ]),
  ];
}

const STATUS_LOOK: Readonly<Record<RunEnd['status'], Look>> = {
  completed: 'good',
  degraded: 'warn',
  stopped: 'warn',
  failed: 'bad',
};

function headLines(state: RunState, end: RunEnd, message: string | undefined, options: ReportOptions): readonly Line[] {
  const name = oneLine(state.head?.workflowName ?? state.runId);
  const word = end.status === 'degraded' ? 'completed in part' : end.status;
  const first: Line = [
    { text: `${name}: ` },
    { text: word, look: STATUS_LOOK[end.status] },
    { text: ` after ${formatDuration(options.usage.ms)}` },
  ];
  const why = options.full && 'message' in end ? textLines(end.message) : [];
  return [first, ...why, ...(message === undefined ? [] : textLines(message))];
}

interface Row {
  readonly outcome: 'landed' | 'refused' | 'failed' | 'open';
  readonly title: string;
  readonly files: string;
  readonly why: string;
}

const OUTCOME_LOOK: Readonly<Record<Row['outcome'], Look>> = {
  landed: 'good',
  refused: 'warn',
  failed: 'bad',
  open: 'warn',
};

/** Changes as the run knows them, and what the script itself says of units that no change came of. */
function outcomeRows(state: RunState, said: Said): readonly Row[] {
  const changes = changeTable(state);
  const told = (outcome: 'refused' | 'failed', units: readonly Unit[]): readonly Row[] =>
    units.map((unit) => ({ outcome, title: oneLine(unit.title), files: '', why: oneLine(unit.reason) }));
  // A change of nothing has no branch to know it by; scripts give its author's words as their reason.
  const isTold = ({ outcome, branch, summary }: ChangeRow): boolean =>
    outcome !== 'landed' &&
    [...said.refused, ...said.failed].some((unit) =>
      branch === '' ? headline(unit.reason, 200) === summary : unit.branch === branch,
    );
  return [
    ...changes.filter((change) => !isTold(change)).map(changeRow),
    ...told('refused', said.refused),
    ...told('failed', said.failed),
  ];
}

function changeRow(change: ChangeRow): Row {
  const [first = '', ...more] = change.files;
  const lines = `${first}${more.length > 0 ? ` and ${more.length} more` : ''} +${change.additions} -${change.deletions}`;
  const files = change.files.length === 0 ? '' : lines;
  const why = change.outcome === 'landed' ? change.why.slice(0, 8) : change.why;
  return { outcome: change.outcome, title: oneLine(change.label), files: oneLine(files), why: oneLine(why) };
}

function table(rows: readonly Row[], width: number): readonly Line[] {
  const widest = (of: (row: Row) => string, most: number): number =>
    Math.min(most, Math.max(0, ...rows.map((row) => cells(of(row)))));
  const title = widest((row) => row.title, 44);
  const files = widest((row) => row.files, 36);
  return rows.map((row) => {
    const start = `${padCells(row.title, title)}  `;
    const rest = row.files === '' ? row.why : `${padCells(row.files, files)}  ${row.why}`;
    return [
      {
        text: `  ${padCells(row.outcome === 'open' ? 'not landed' : row.outcome, 11)}`,
        look: OUTCOME_LOOK[row.outcome],
      },
      { text: start },
      { text: clipCells(rest, Math.max(20, width - 13 - cells(start))), look: 'dim' },
    ];
  });
}

function branchFacts(state: RunState, { gitFolder }: ReportOptions): readonly Fact[] {
  const landings = state.changes.flatMap(({ landing }) => (landing?.status === 'landed' ? [landing] : []));
  const branch = landings[0]?.branch;
  if (branch === undefined) return [];
  const base = state.head?.base?.commit.slice(0, 8);
  const below = snapshotText(state.head?.base ?? null);
  const git = gitFolder === undefined ? 'git' : `git -C ${shellWord(gitFolder)}`;
  const range = base === undefined ? branch : `${base}..${branch}`;
  return [
    ['Branch', `${branch}, ${count(landings.length, 'change')}; your own checkout is as it was`],
    ...(below === null ? [] : [['Below', below] as const]),
    ['Look', `${git} log -p ${range}`],
  ];
}

/** As a person can paste it into a shell. */
function shellWord(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function spent({ usage, simulated }: ReportOptions): Fact {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const cached = cacheText(usage);
  const parts = [
    count(usage.agents, 'agent'),
    count(usage.requests, 'request'),
    `${formatTokens(inputTokens + cacheReadTokens + cacheWriteTokens)} tokens in${cached === '' ? '' : ` (${cached})`}`,
    `${formatTokens(usage.outputTokens)} out`,
    simulated ? `simulated, nothing spent${ifReal(usage.usd)}` : formatUsd(usage.usd),
  ];
  return ['Spent', parts.join(', ')];
}

function ifReal(usd: number | null): string {
  return usd === null ? '' : ` (a real model: about ${formatUsd(usd)})`;
}

/** How many of what was asked for came to nothing: not to be found out by counting. */
function censusFacts({ census }: RunState): readonly Fact[] {
  const text = census === null ? '' : censusText(census);
  return text === '' ? [] : [['Census', text]];
}

function failureLines(end: RunEnd, { runId, full }: ReportOptions): readonly Line[] {
  if (end.failures.length === 0) return [];
  const most = full ? Infinity : MAX_FAILURES;
  const alike = alikeFailures(end.failures);
  const shown = alike
    .slice(0, most)
    .map((failure): Line => [
      { text: `  ${failure.cause}  `, look: 'bad' },
      { text: oneLine(failureText(failure, full ? Infinity : LABELS)) },
    ]);
  const more = failureCount(alike.slice(most));
  const rest: readonly Line[] = more > 0 ? [[{ text: `  … and ${more} more: dwf show ${runId}`, look: 'dim' }]] : [];
  return [[], [{ text: 'What did not become a result' }], ...shown, ...rest];
}

function resultLines(result: Json, { full, resultPath }: ReportOptions): readonly Line[] {
  const text = resultText(result);
  const { text: head, note } = headOf(text, full ? MAX_RESULT_CHARS_FULL : mostOf(text), resultPath);
  return [...textLines(head), ...(note === null ? [] : [[{ text: `… ${note}`, look: 'dim' as const }]])];
}

/** Characters of what a person reads at the end of a run without scrolling back. */
function mostOf(text: string): number {
  const lines = text.split('\n', MAX_RESULT_LINES).join('\n').length;
  return Math.min(MAX_RESULT_CHARS, lines);
}

function hasResult(end: RunEnd): boolean {
  return end.result !== null && (end.status === 'completed' || end.status === 'degraded');
}

type Fact = readonly [name: string, value: string];

function facts(all: readonly Fact[]): readonly Line[] {
  return all.map(([name, value]) => [{ text: padCells(name, 8), look: 'bold' }, { text: oneLine(value) }]);
}

function textLines(text: string): readonly Line[] {
  return manyLines(text)
    .trimEnd()
    .split('\n')
    .map((line) => [{ text: line.replaceAll('\t', '  ') }]);
}

interface Unit {
  readonly title: string;
  readonly reason: string;
  readonly branch?: string | undefined;
}

interface Said {
  readonly message?: string | undefined;
  readonly refused: readonly Unit[];
  readonly failed: readonly Unit[];
}

const unitSchema = z.looseObject({ title: z.string(), reason: z.string(), branch: z.string().optional() });

/** A result may say in a sentence what came out (`message`) and list units that nothing landed for (`refused`, `failed`). */
const resultSchema = z.looseObject({
  message: z.string().optional(),
  refused: z.array(unitSchema).default([]),
  failed: z.array(unitSchema).default([]),
});

function saidInResult(result: Json): Said {
  const parsed = resultSchema.safeParse(result);
  return parsed.success ? parsed.data : { refused: [], failed: [] };
}
