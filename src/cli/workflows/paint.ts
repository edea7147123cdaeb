import { agentOf } from '../../projection/agentTable.ts';
import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { usageOf } from '../../projection/select.ts';
import { pauseText, relativeTo } from '../../projection/waits.ts';
import type { Message } from '../../protocol/conversation.ts';
import { oneLine, padCells, type Line } from '../view/cells.ts';
import { agentLines } from './agentLines.ts';
import { KEY_HELP } from './keyNames.ts';
import { listLines, type Page as Painted } from './listLines.ts';
import { runLines } from './runLines.ts';
import { standingOf, type SeenRun } from './seenRun.ts';
import { chosenAgent, pageOf, runOf, type ViewState } from './viewState.ts';
import { wrapCells } from './wrapCells.ts';

export interface Sight {
  readonly runs: readonly SeenRun[];
  /** Of the agent whose page is open; null: not read yet. */
  readonly messages: readonly Message[] | null;
  /** What an agent of the run on the page waits for a person to say; empty: nothing. */
  readonly question: readonly Line[];
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Picture {
  /** As many as there are rows, or fewer. */
  readonly lines: readonly Line[];
  /** Lines of the page as a whole, and of those that are in sight. */
  readonly total: number;
  readonly room: number;
}

/** The screen, from its first row to its last: what the page is about, the page as far as there is room, and keys. */
export function paint(view: ViewState, sight: Sight): Picture {
  const head = headLines(view, sight);
  const foot = footLines(view, sight);
  const room = Math.max(1, sight.rows - head.length - foot.length);
  const { lines, at } = body(view, sight);
  const page = pageOf(view);
  const top = page.kind === 'agent' && !view.help ? page.top : (at ?? 0) - Math.floor(room / 2);
  const from = Math.max(0, Math.min(top, lines.length - room));
  const shown = lines.slice(from, from + room);
  const blank = Array.from({ length: room - shown.length }, (): Line => []);
  return { lines: [...head, ...shown, ...blank, ...foot].slice(0, sight.rows), total: lines.length, room };
}

function headLines(view: ViewState, { runs, now }: Sight): readonly Line[] {
  const page = pageOf(view);
  const run = runOf(page, runs);
  if (view.help) return [[{ text: 'Keys', look: 'bold' }], []];
  if (page.kind === 'list' || !run) return [[{ text: 'Workflows', look: 'bold' }], []];
  const { state, simulated, summary } = run;
  const status = standingOf(run);
  const name: Line = [
    { text: oneLine(summary.workflowName), look: 'bold' },
    { text: `  ${status}`, look: status === 'failed' ? 'bad' : status === 'completed' ? 'good' : 'warn' },
    { text: `  ${summary.runId}`, look: 'dim' },
  ];
  if (state === null) return [name, [{ text: oneLine(run.problem ?? 'Its record is being read.') }], []];
  const usage = usageOf(state, status === 'running' ? now : state.at);
  const { running, queued, done } = state.counts;
  const money = simulated ? 'simulated' : formatUsd(usage.usd);
  const parts = [
    `${running} running, ${queued} waiting, ${done} done`,
    `${formatTokens(usage.outputTokens)} out`,
    money,
  ];
  const paused =
    state.paused === null ? [] : [[{ text: oneLine(pauseText(state.paused, relativeTo(now))), look: 'warn' } as const]];
  return [name, [{ text: [...parts, formatDuration(usage.ms)].join(' · ') }], ...paused, []];
}

function body(view: ViewState, { runs, messages, now, columns }: Sight): Painted {
  if (view.help)
    return {
      lines: KEY_HELP.map(([keys, what]) => [{ text: padCells(keys, 15), look: 'bold' }, { text: what }]),
      at: null,
    };
  const page = pageOf(view);
  const run = runOf(page, runs);
  if (page.kind === 'list') return listLines(runs, run?.summary.runId ?? null, now, columns);
  if (!run?.state) return { lines: [], at: null };
  if (page.kind === 'run') return runLines(run.state, chosenAgent(run, page.agentId)?.id ?? null, now, columns);
  const agent = agentOf(run.state.agents, page.agentId);
  return { lines: agent ? agentLines(agent, messages, { now, columns }) : [], at: null };
}

const HINTS = {
  list: 'Enter open · p pause · x stop · r resume · q back to the session · ? help',
  run: 'Enter agent · p pause · x stop · r resume · q back · ? help',
  agent: '↑ ↓ scroll · x stop the agent · q back · ? help',
} as const;

function footLines(view: ViewState, { question, columns, rows }: Sight): readonly Line[] {
  const page = pageOf(view);
  const hint: Line = [{ text: view.help ? 'any key: back' : HINTS[page.kind], look: 'dim' }];
  const said = oneLine(view.asking?.question ?? view.note);
  const words = wrapCells(said, columns).slice(0, 4);
  const note = said === '' ? [] : words.map((text): Line => [{ text, look: view.asking ? 'warn' : 'bold' }]);
  return [[], ...question.slice(0, Math.max(2, rows - 8)), ...note, hint];
}
