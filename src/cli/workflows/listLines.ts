import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { usageOf } from '../../projection/select.ts';
import type { RunStatus } from '../../protocol/run.ts';
import { oneLine, padCells, type Line, type Look } from '../view/cells.ts';
import { standingOf, type SeenRun } from './seenRun.ts';

export interface Page {
  readonly lines: readonly Line[];
  /** Of what is chosen, which stays in sight; null: nothing. */
  readonly at: number | null;
}

const LOOK: Readonly<Partial<Record<RunStatus, Look>>> = {
  ...{ running: 'warn', completed: 'good', degraded: 'warn', failed: 'bad', stopped: 'warn', interrupted: 'warn' },
};

/** A line a run: those of the session first, then the others of the folder. */
export function listLines(runs: readonly SeenRun[], chosen: string | null, now: number, columns: number): Page {
  if (runs.length === 0)
    return { lines: [[{ text: 'No runs here yet. Ask for a workflow, or type /<name>.' }]], at: null };
  const lines: Line[] = [];
  let at: number | null = null;
  for (const ofSession of [true, false]) {
    const some = runs.filter((run) => run.ofSession === ofSession);
    if (some.length === 0) continue;
    lines.push([{ text: ofSession ? 'Of this session' : 'Of this folder', look: 'dim' }]);
    for (const run of some) {
      if (run.summary.runId === chosen) at = lines.length;
      lines.push(runLine(run, run.summary.runId === chosen, now, columns));
    }
  }
  return { lines, at };
}

function runLine(run: SeenRun, chosen: boolean, now: number, columns: number): Line {
  const { summary, state } = run;
  const status = standingOf(run);
  const running = status === 'running';
  const look = LOOK[status];
  const waits = running && state !== null && state.questions.length + state.asked.length > 0;
  const words = running && state?.paused != null ? 'paused' : waits ? 'asks you' : status;
  const name = Math.max(8, Math.min(28, columns - 62));
  return [
    { text: chosen ? '> ' : '  ', look: 'bold' },
    { text: padCells(oneLine(summary.workflowName), name), ...(chosen ? { look: 'bold' } : {}) },
    { text: ` ${padCells(words, 11)}`, ...(look === undefined ? {} : { look }) },
    { text: ` ${figures(run, running, now)}` },
    { text: `  ${summary.runId}`, look: 'dim' },
  ];
}

function figures({ summary, state }: SeenRun, running: boolean, now: number): string {
  const usage = state === null ? summary.usage : usageOf(state, running ? now : state.at);
  if (usage === null) return padCells('', 26);
  return [
    padCells(`${formatTokens(usage.outputTokens)} out`, 10),
    padCells(formatUsd(usage.usd), 8),
    padCells(formatDuration(usage.ms), 6),
  ].join(' ');
}
