import { agentOf } from '../../projection/agentTable.ts';
import { formatDuration, formatTokens, formatUsd } from '../../projection/cost.ts';
import { agentsOf, usageOf } from '../../projection/select.ts';
import type { AgentNode, PhaseState, RunState } from '../../projection/state.ts';
import { pauseText, relativeTo, waitOf } from '../../projection/waits.ts';
import { count, showUnseen } from '../../base/text.ts';
import type { Line } from './cells.ts';
import { cells, oneLine, padCells } from './cells.ts';
import { permissionLines, type PermissionStep } from './permissionKeys.ts';
import { isNumbered } from './typedAnswer.ts';

export interface FrameOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly rows: number;
  readonly columns: number;
  readonly simulated: boolean;
  /** Set once a person asked the run to stop. */
  readonly stopping: boolean;
  /** What the person has typed of an answer. */
  readonly typed: string;
  /** What an answer about a permission still lacks. */
  readonly step?: PermissionStep | null;
}

/** The live view of a run: one line of totals, one a phase, one an agent at work, as many as there is room for. */
export function frame(state: RunState, options: FrameOptions): readonly Line[] {
  const head = [totals(state, options), ...pauseLines(state, options)];
  const phases = phaseLines(state);
  const question = questionLines(state, options);
  // One line stays free, so that the last newline does not scroll the first line away.
  const room = Math.max(1, options.rows - head.length - phases.length - question.length - 1);
  return [...head, ...phases, ...agentLines(state, room, options), ...question];
}

function totals(state: RunState, { now, simulated, stopping }: FrameOptions): Line {
  const usage = usageOf(state, now);
  const { running, queued } = state.counts;
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const parts = [
    `${running} running${queued > 0 ? `, ${queued} waiting` : ''}`,
    count(usage.requests, 'request'),
    `${formatTokens(input)} in, ${formatTokens(usage.outputTokens)} out`,
    simulated ? 'simulated' : formatUsd(usage.usd),
    formatDuration(usage.ms),
  ];
  return [
    { text: oneLine(state.head?.workflowName ?? 'starting'), look: 'bold' },
    ...(stopping ? [{ text: '  stopping', look: 'warn' } as const] : []),
    { text: `  ${parts.join(' · ')}` },
  ];
}

function pauseLines({ paused, runId }: RunState, { now }: FrameOptions): readonly Line[] {
  if (paused === null) return [];
  const text = `  ${oneLine(pauseText(paused, relativeTo(now)))}`;
  return [
    [
      { text, look: 'warn' },
      { text: `  dwf resume ${runId}`, look: 'dim' },
    ],
  ];
}

function phaseLines(state: RunState): readonly Line[] {
  const shown = state.phases.filter((phase) => phase.title !== null || phase.agentIds.length > 0);
  const width = Math.max(0, ...shown.map((phase) => cells(titleOf(phase))));
  return shown.map((phase) => phaseLine(state, phase, Math.min(width, 32)));
}

function phaseLine(state: RunState, phase: PhaseState, width: number): Line {
  const agents = agentsOf(state, phase);
  const ended = agents.filter(hasEnded).length;
  const failed = agents.filter((agent) => agent.status === 'null' || agent.status === 'threw').length;
  const busy = agents.length > ended;
  const begun = agents.length > 0 || phase.landings > 0;
  const current = busy || (!begun && state.currentPhase === phase.title && state.endedAt === null);
  const mark = current ? '●' : begun ? '✓' : '○';
  return [
    { text: `  ${mark} `, look: current ? 'warn' : begun ? 'good' : 'dim' },
    { text: padCells(titleOf(phase), width), ...(begun || current ? {} : { look: 'dim' as const }) },
    ...(agents.length === 0 ? [] : [{ text: `  ${ended} of ${agents.length}` }]),
    ...(phase.landings === 0 ? [] : [{ text: `  ${count(phase.landings, 'landing')}` }]),
    ...(failed === 0 ? [] : [{ text: `  ${failed} failed`, look: 'bad' as const }]),
  ];
}

function agentLines(state: RunState, room: number, { now, columns }: FrameOptions): readonly Line[] {
  const running = state.phases.flatMap((phase) => agentsOf(state, phase)).filter((agent) => agent.status === 'running');
  if (running.length === 0) return [];
  const shown = running.slice(0, running.length > room ? room - 1 : room);
  const labelWidth = Math.min(
    Math.max(12, Math.floor(columns * 0.4)),
    Math.max(...shown.map((agent) => cells(agent.label)), 12),
  );
  const lines = shown.map((agent): Line => [
    { text: `    ${padCells(oneLine(agent.label), labelWidth)}  ` },
    { text: padCells(formatDuration(now - (agent.startedAt ?? now)), 7), look: 'dim' },
    { text: ` waits for ${oneLine(waitOf(state, agent, now)?.text ?? 'nothing')}`, look: 'dim' },
  ]);
  const rest = running.length - shown.length;
  return rest === 0 ? lines : [...lines, [{ text: `    … and ${rest} more`, look: 'dim' }]];
}

function questionLines(state: RunState, { typed, step = null }: FrameOptions): readonly Line[] {
  const [question] = state.questions;
  if (!question) return askedLines(state, typed);
  const asker = state.phases.flatMap((phase) => agentsOf(state, phase)).find((agent) => agent.id === question.agentId);
  const more = state.questions.length > 1 ? ` (${state.questions.length - 1} more after this)` : '';
  const also = question.others.length > 0 ? ` and ${count(question.others.length, 'other')}` : '';
  const who = `${oneLine(asker?.label ?? question.agentId)}${also}`;
  const ask = also === '' ? 'asks' : 'ask';
  return [
    [
      {
        text: `? ${who} ${ask} to use ${question.tool}: ${oneLine(showUnseen(question.summary).replaceAll('\n', ' ⏎ '))}`,
        look: 'warn',
      },
    ],
    ...permissionLines(question, step, more),
  ];
}

function askedLines(state: RunState, typed: string): readonly Line[] {
  const { asked } = state;
  const [first] = asked;
  if (!first) return [];
  const asker = first.agentId === null ? null : (agentOf(state.agents, first.agentId)?.label ?? first.agentId);
  const more = asked.length > 1 ? ` (${asked.length - 1} more after this)` : '';
  const otherwise = typeof first.default === 'string' ? ` · Enter: ${oneLine(first.default)}` : '';
  const numbered = first.choices.map((choice, index) => `${index + 1} ${oneLine(choice)}`).join(' · ');
  const how = isNumbered(first) ? numbered : `> ${oneLine(typed)}_`;
  return [
    [{ text: `? ${asker === null ? '' : `${oneLine(asker)} asks: `}${oneLine(first.question)}`, look: 'warn' }],
    [{ text: `  ${how}${typed === '' ? otherwise : ''}${more}`, look: 'bold' }],
  ];
}

function hasEnded(agent: AgentNode): boolean {
  return agent.status !== 'queued' && agent.status !== 'running';
}

function titleOf(phase: PhaseState): string {
  return phase.title === null ? 'Outside of phases' : oneLine(phase.title);
}
