import { count } from '../../base/text.ts';
import { depthOf } from '../../projection/agentTable.ts';
import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { agentsOf, shownPhases } from '../../projection/select.ts';
import type { AgentNode, AgentStatus, PhaseState, RunState } from '../../projection/state.ts';
import { waitOf } from '../../projection/waits.ts';
import { oneLine, padCells, type Line, type Look } from '../view/cells.ts';
import type { Page } from './listLines.ts';

const MARKS: Readonly<Record<AgentStatus, readonly [mark: string, look: Look]>> = {
  queued: ['○', 'dim'],
  running: ['●', 'warn'],
  done: ['✓', 'good'],
  null: ['!', 'warn'],
  threw: ['✗', 'bad'],
  interrupted: ['–', 'warn'],
};

/** The phases of a run and their agents: how each stands, tokens, money, time, and what it waits for. */
export function runLines(state: RunState, chosen: string | null, now: number, columns: number): Page {
  const lines: Line[] = [];
  let at: number | null = null;
  for (const phase of shownPhases(state)) {
    const agents = agentsOf(state, phase);
    lines.push(phaseLine(phase, agents));
    for (const agent of agents) {
      if (agent.id === chosen) at = lines.length;
      lines.push(agentLine(state, agent, { chosen: agent.id === chosen, now, columns }));
    }
  }
  return { lines: lines.length > 0 ? lines : [[{ text: 'No agent has been asked for yet.' }]], at };
}

function phaseLine({ title, landings }: PhaseState, agents: readonly AgentNode[]): Line {
  const over = agents.filter(({ status }) => status !== 'queued' && status !== 'running').length;
  return [
    { text: title === null ? 'Outside of phases' : oneLine(title), look: 'bold' },
    ...(agents.length === 0 ? [] : [{ text: `  ${over} of ${agents.length}`, look: 'dim' as const }]),
    ...(landings === 0 ? [] : [{ text: `  ${count(landings, 'landing')}`, look: 'dim' as const }]),
  ];
}

interface RowOptions {
  readonly chosen: boolean;
  readonly now: number;
  readonly columns: number;
}

function agentLine(state: RunState, agent: AgentNode, { chosen, now, columns }: RowOptions): Line {
  const [mark, look] = MARKS[agent.status];
  const label = `${'  '.repeat(depthOf(state.agents, agent))}${oneLine(agent.label)}`;
  const width = Math.max(8, Math.min(32, columns - 58));
  const why = waitOf(state, agent, now)?.text ?? agent.message ?? '';
  return [
    { text: chosen ? '> ' : '  ', look: 'bold' },
    { text: `${mark} `, look },
    { text: padCells(label, width), ...(chosen ? { look: 'bold' } : {}) },
    { text: ` ${padCells(agent.cause ?? agent.status, 11)}`, look },
    { text: ` ${agentFigures(agent, now)}` },
    ...(why === '' ? [] : [{ text: `  ${oneLine(why)}`, look: 'dim' as const }]),
  ];
}

/** `1.2k out  $0.0012  12s` */
export function agentFigures(agent: AgentNode, now: number): string {
  const { usage, usd, startedAt, endedAt, fromJournal } = agent;
  if (fromJournal) return padCells('from the journal', 26);
  const took = startedAt === null ? '' : formatDuration((endedAt ?? now) - startedAt);
  return [padCells(`${formatTokens(usage.outputTokens)} out`, 10), padCells(formatUsd(usd), 8), padCells(took, 6)].join(
    ' ',
  );
}
