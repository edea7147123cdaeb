import type { Figures, Level } from './figures.ts';
import { usdOf } from './figures.ts';
import type { Range } from '../../protocol/forecast.ts';
import type { Rehearsal, RehearsedPhase } from './rehearsal.ts';
import type { Trace, TracedAgent } from './trace.ts';

export type Estimate = Pick<
  Rehearsal,
  'agents' | 'depth' | 'inputTokens' | 'outputTokens' | 'usd' | 'ms' | 'bounded' | 'phases'
>;

/** How much faster or slower than likely a whole run may be. */
const PACE = { assumed: { min: 0.4, likely: 1, max: 2.5 }, past: { min: 0.7, likely: 1, max: 1.6 } } as const;

const LEVELS = ['min', 'likely', 'max'] as const satisfies readonly Level[];

/** What the plays came to, from the cheapest play of modest agents to the dearest of extravagant ones. */
export function estimate(traces: readonly Trace[], figures: Figures, titles: readonly string[]): Estimate {
  const counted = countedTraces(traces);
  const all = (trace: Trace): readonly TracedAgent[] => trace.agents;
  const pace = counted.some(({ scenario }) => scenario.asBefore) ? PACE.past : PACE.assumed;
  const over = (of: (trace: Trace, level: Level) => number): Range => rangeOver(counted, of);
  return {
    agents: over(({ agents }) => agents.length),
    depth: over(({ agents }) => agents.reduce((most, { depth }) => Math.max(most, depth), 0)),
    inputTokens: rounded(over((trace, level) => sum(trace.agents, (agent) => inputOf(figures, agent, level)))),
    outputTokens: rounded(over((trace, level) => sum(trace.agents, (agent) => outputOf(figures, agent, level)))),
    usd: moneyOver(counted, figures, all),
    ms: rounded(over(({ ms }, level) => ms * pace[level])),
    bounded: !areBroken(traces) && counted.every((trace) => trace.gaveUp === null && !isStoppedByAgents(trace)),
    phases: phasesOf(counted, figures, titles),
  };
}

/**
 * Plays that show what a run takes: those that the script itself broke off say little, and an agent that died did less.
 * Where only plays at the ends of the range came through, as the one in which nothing is found, all count.
 */
function countedTraces(traces: readonly Trace[]): readonly Trace[] {
  const alive = aliveTraces(traces);
  const whole = areBroken(traces) ? [] : alive.filter((trace) => !isBroken(trace));
  const before = whole.filter(({ scenario }) => scenario.asBefore);
  return [before, whole, alive].find((some) => some.length > 0) ?? traces;
}

/** The script broke off: what it would have done behind that nobody has seen. */
function isBroken({ end }: Trace): boolean {
  return end?.status === 'failed';
}

function aliveTraces(traces: readonly Trace[]): readonly Trace[] {
  return traces.filter(({ scenario }) => scenario.role !== 'nulls');
}

/** The script broke off in all plays that make the likely figure. */
function areBroken(traces: readonly Trace[]): boolean {
  const typical = traces.filter(({ scenario }) => scenario.role === 'typical');
  return (typical.length > 0 ? typical : traces).every(isBroken);
}

/** How many plays without dying agents the script broke off. `counted`: no other ones were to be had. */
export interface BrokenPlays {
  readonly broken: number;
  readonly of: number;
  readonly counted: boolean;
}

export function brokenPlays(traces: readonly Trace[]): BrokenPlays {
  const alive = aliveTraces(traces);
  return { broken: alive.filter(isBroken).length, of: alive.length, counted: areBroken(traces) };
}

function isStoppedByAgents({ end }: Trace): boolean {
  return end?.status === 'stopped' && end.reason === 'agents';
}

function phasesOf(traces: readonly Trace[], figures: Figures, titles: readonly string[]): readonly RehearsedPhase[] {
  const seen = new Set<string | null>(titles);
  for (const { agents } of traces) for (const { phase } of agents) seen.add(phase);
  return [...seen].flatMap((title): RehearsedPhase[] => {
    const inside = ({ agents }: Trace): readonly TracedAgent[] => agents.filter(({ phase }) => phase === title);
    const agents = rangeOver(traces, (trace) => inside(trace).length);
    if (agents.max === 0) return [];
    const outputTokens = rangeOver(traces, (trace, level) =>
      sum(inside(trace), (agent) => outputOf(figures, agent, level)),
    );
    return [
      {
        ...{ title, agents, outputTokens: rounded(outputTokens) },
        usd: moneyOver(traces, figures, inside),
        models: [...new Set(traces.flatMap((trace) => inside(trace).map(({ model }) => model)))],
        after: before(traces, title),
      },
    ];
  });
}

/** Phases of the agents whose answers led to one of this phase. */
function before(traces: readonly Trace[], title: string | null): readonly (string | null)[] {
  const phases = new Set<string | null>();
  for (const { agents } of traces) {
    const byId = new Map(agents.map((agent) => [agent.agentId, agent]));
    for (const { phase, parent } of agents) {
      const cause = phase === title && parent !== null ? byId.get(parent) : undefined;
      if (cause && cause.phase !== title) phases.add(cause.phase);
    }
  }
  return [...phases];
}

function inputOf(figures: Figures, agent: TracedAgent, level: Level): number {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = figures.of(agent, level).usage;
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

function outputOf(figures: Figures, agent: TracedAgent, level: Level): number {
  return figures.of(agent, level).usage.outputTokens;
}

/** Null as soon as one agent has a model without a known price. */
function moneyOver(
  traces: readonly Trace[],
  figures: Figures,
  inside: (trace: Trace) => readonly TracedAgent[],
): Range | null {
  const unpriced = traces.some((trace) =>
    inside(trace).some((agent) => usdOf(figures.of(agent, 'likely'), agent.model) === null),
  );
  if (unpriced) return null;
  return rangeOver(traces, (trace, level) =>
    sum(inside(trace), (agent) => usdOf(figures.of(agent, level), agent.model) ?? 0),
  );
}

/** From the lowest to the highest; likely is the middle one of the typical plays, else of all. */
function rangeOver(traces: readonly Trace[], of: (trace: Trace, level: Level) => number): Range {
  const values = (some: readonly Trace[], level: Level): readonly number[] => some.map((trace) => of(trace, level));
  const typical = traces.filter(({ scenario }) => scenario.role === 'typical');
  const [min, likely, max] = LEVELS.map((level) => {
    const sorted = values(level === 'likely' && typical.length > 0 ? typical : traces, level).toSorted((a, b) => a - b);
    return sorted[{ min: 0, likely: Math.floor(sorted.length / 2), max: sorted.length - 1 }[level]] ?? 0;
  });
  return { min: min ?? 0, likely: likely ?? 0, max: max ?? 0 };
}

function rounded({ min, likely, max }: Range): Range {
  return { min: Math.round(min), likely: Math.round(likely), max: Math.round(max) };
}

function sum(agents: readonly TracedAgent[], of: (agent: TracedAgent) => number): number {
  return agents.reduce((total, agent) => total + of(agent), 0);
}
