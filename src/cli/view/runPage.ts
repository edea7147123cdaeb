import type { RunRecord } from '../../node/runReader.ts';
import { formatDuration, formatTokens } from '../../projection/cost.ts';
import { agentsOf, shownPhases, usageOf } from '../../projection/select.ts';
import type { AgentNode, RunState } from '../../projection/state.ts';
import { pauseText, relativeTo, waitOf } from '../../projection/waits.ts';
import { openQuestions } from '../answerTo.ts';
import type { Line, Look } from './cells.ts';
import { cells, oneLine, padCells } from './cells.ts';
import { headLine } from './headLine.ts';
import { report } from './report.ts';
import { resultPathIn } from '../runObject.ts';

/** `dwf show`: what the run was started with, its agents by phase, and its end or how to go on. */
export function runPage(state: RunState, run: RunRecord, width: number, now: number): readonly Line[] {
  const simulated = run.manifest.modelSource.kind === 'simulated';
  const head: readonly Line[] = state.head === null ? [] : [[{ text: headLine({ ...state.head, simulated }) }]];
  const phases = shownPhases(state).flatMap((phase): readonly Line[] => [
    [],
    [{ text: phase.title === null ? 'Outside of phases' : oneLine(phase.title), look: 'bold' }],
    ...agentLines(agentsOf(state, phase), (agent) =>
      run.status === 'running' ? (waitOf(state, agent, now)?.text ?? null) : null,
    ),
  ]);
  return [...head, ...phases, ...ending(state, run, { simulated, width, now })];
}

interface EndingOptions {
  readonly simulated: boolean;
  readonly width: number;
  readonly now: number;
}

function ending(state: RunState, run: RunRecord, { simulated, width, now }: EndingOptions): readonly Line[] {
  const options = {
    runId: run.runId,
    usage: usageOf(state, state.at),
    simulated,
    full: true,
    resultPath: resultPathIn(run.dir),
    width,
    gitFolder: run.cwd,
  };
  if (run.end !== null) return report(state, run.end, options);
  if (run.status === 'running') return standing(state, run, now);
  return [[], [{ text: 'It was interrupted. ', look: 'warn' }, { text: `Resume with: dwf resume ${run.runId}` }]];
}

function standing(state: RunState, { runId, pid }: RunRecord, now: number): readonly Line[] {
  const { paused } = state;
  const waits = openQuestions(state).map(({ text }): Line => [
    { text: 'It waits for an answer. ', look: 'warn' },
    { text: `${oneLine(text)}  (dwf answer ${runId}, or where it runs)` },
  ]);
  if (paused === null) return [[], [{ text: `It is running, in process ${pid ?? '?'}.` }], ...waits];
  const pause = oneLine(pauseText(paused, relativeTo(now)));
  return [[], [{ text: `It is ${pause}. `, look: 'warn' }, { text: `Go on with: dwf resume ${runId}` }], ...waits];
}

const LOOK: Readonly<Partial<Record<AgentNode['status'], Look>>> = {
  done: 'good',
  null: 'warn',
  threw: 'bad',
  interrupted: 'warn',
};

function agentLines(agents: readonly AgentNode[], waitFor: (agent: AgentNode) => string | null): readonly Line[] {
  const id = Math.max(0, ...agents.map((agent) => cells(agent.id)));
  const label = Math.min(48, Math.max(0, ...agents.map((agent) => cells(oneLine(agent.label)))));
  return agents.map((agent) => {
    const look = LOOK[agent.status];
    const wait = waitFor(agent);
    return [
      { text: `  ${padCells(agent.id, id)}  ${padCells(oneLine(agent.label), label)}  ` },
      { text: padCells(agent.cause ?? agent.status, 12), ...(look === undefined ? {} : { look }) },
      { text: ` ${numbers(agent)}`, look: 'dim' },
      ...(agent.message === null ? [] : [{ text: `  ${oneLine(agent.message)}` }]),
      ...(wait === null ? [] : [{ text: `  waits for ${oneLine(wait)}` }]),
    ];
  });
}

function numbers({ usage, requests, startedAt, endedAt }: AgentNode): string {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const took = startedAt === null || endedAt === null ? '' : `, ${formatDuration(endedAt - startedAt)}`;
  return `${requests} × asked, ${formatTokens(input)} in, ${formatTokens(usage.outputTokens)} out${took}`;
}
