import type { Effort } from '../../engine/model.ts';
import type { AgentKind } from '../../protocol/messages.ts';
import { costOf } from '../../protocol/prices.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { PastRun } from './pastRun.ts';

/** What an agent may do besides answering: nothing, look, or look and change. */
export type Access = 'none' | 'read' | 'write';

/** What decides how much a rehearsed agent is going to use. */
export interface AgentNeeds {
  readonly kind: AgentKind;
  readonly phase: string | null;
  readonly access: Access;
  readonly effort: Effort | null;
  /** Of its first request. */
  readonly promptTokens: number;
  /** How often it was spoken to: more than once when its work did not pass. */
  readonly replies: number;
}

export type Level = 'min' | 'likely' | 'max';

/** What one agent uses in all. */
export interface Consumption {
  readonly requests: number;
  readonly usage: Usage;
  readonly ms: number;
}

interface Assumption {
  readonly requests: number;
  /** Over all requests. */
  readonly outputTokens: number;
  /** Tokens that a turn adds to the conversation: what a tool gave back. */
  readonly turnTokens: number;
}

/**
 * What an agent uses when nothing is known about the workflow: no measurement, but a range wide enough for small and for
 * large tasks. An agent without tools answers once; one that looks reads some files; one that changes runs tests too.
 */
export const ASSUMED: Readonly<Record<Access, Readonly<Record<Level, Assumption>>>> = {
  none: {
    min: { requests: 1, outputTokens: 200, turnTokens: 0 },
    likely: { requests: 1, outputTokens: 800, turnTokens: 0 },
    max: { requests: 2, outputTokens: 4_000, turnTokens: 500 },
  },
  read: {
    min: { requests: 2, outputTokens: 500, turnTokens: 500 },
    likely: { requests: 8, outputTokens: 2_500, turnTokens: 1_500 },
    max: { requests: 30, outputTokens: 8_000, turnTokens: 3_000 },
  },
  write: {
    min: { requests: 3, outputTokens: 800, turnTokens: 500 },
    likely: { requests: 12, outputTokens: 4_500, turnTokens: 1_500 },
    max: { requests: 40, outputTokens: 16_000, turnTokens: 3_000 },
  },
};

/** Until a reply begins, its tools included, and how fast it comes then. */
const PACE: Readonly<Record<Level, { readonly requestMs: number; readonly tokensPerSecond: number }>> = {
  min: { requestMs: 2_000, tokensPerSecond: 120 },
  likely: { requestMs: 4_000, tokensPerSecond: 70 },
  max: { requestMs: 10_000, tokensPerSecond: 35 },
};

/** Thinking is output. */
const EFFORT: Readonly<Record<Effort, number>> = { low: 0.6, medium: 0.8, high: 1, xhigh: 1.5, max: 2 };

/** How far one past run is believed, and several. */
const SPREAD = { one: { min: 0.6, likely: 1, max: 1.8 }, several: { min: 0.8, likely: 1, max: 1.3 } } as const;

/** What agents use, by past runs where there are any and by assumption elsewhere. */
export class Figures {
  readonly #groups = new Map<string, Consumption[]>();

  constructor(past: readonly PastRun[] = []) {
    for (const { agents } of past) {
      for (const key of new Set(agents.flatMap((agent) => keysOf(agent)))) {
        const group = this.#groups.get(key) ?? [];
        group.push(mean(agents.filter((agent) => keysOf(agent).includes(key))));
        this.#groups.set(key, group);
      }
    }
  }

  of(agent: AgentNeeds, level: Level): Consumption {
    const known = keysOf(agent).flatMap((key) => this.#groups.get(key) ?? []);
    const group = this.#groups.get(keysOf(agent)[0]) ?? known;
    const one = group.length > 0 ? fromRuns(group, level) : assumed(agent, level);
    return scaled(one, Math.max(1, agent.replies));
  }
}

/** The nearest first: of the same phase, then of the same kind anywhere. */
function keysOf({ phase, kind }: Pick<AgentNeeds, 'phase' | 'kind'>): readonly [string, string] {
  return [`${kind} ${phase ?? ''}`, kind];
}

function fromRuns(runs: readonly Consumption[], level: Level): Consumption {
  const spread = (runs.length > 1 ? SPREAD.several : SPREAD.one)[level];
  if (level === 'likely') return mean(runs);
  const sorted = runs.toSorted((a, b) => a.usage.outputTokens - b.usage.outputTokens);
  const end = level === 'min' ? sorted[0] : sorted.at(-1);
  return scaled(end ?? mean(runs), spread);
}

function assumed({ access, effort, promptTokens }: AgentNeeds, level: Level): Consumption {
  const { requests, outputTokens, turnTokens } = ASSUMED[access][level];
  const { requestMs, tokensPerSecond } = PACE[level];
  const output = Math.round(outputTokens * (effort === null ? 1 : EFFORT[effort]));
  const turns = requests - 1;
  return {
    requests,
    usage: {
      inputTokens: 0,
      outputTokens: output,
      // Each request reads all that was before it from the cache and writes what is new.
      cacheWriteTokens: promptTokens + turns * turnTokens,
      cacheReadTokens: turns * promptTokens + (turnTokens * turns * (turns - 1)) / 2,
    },
    ms: requests * requestMs + (output / tokensPerSecond) * 1000,
  };
}

/** What it costs in USD; null with a model without a known price. */
export function usdOf({ requests, usage }: Consumption, model: string): number | null {
  const each = costOf(scaledUsage(usage, 1 / requests), model);
  return each === null ? null : each * requests;
}

function mean(all: readonly Consumption[]): Consumption {
  const sum = (of: (one: Consumption) => number): number =>
    all.reduce((total, one) => total + of(one), 0) / Math.max(1, all.length);
  return {
    requests: Math.max(
      1,
      sum(({ requests }) => requests),
    ),
    usage: {
      inputTokens: sum(({ usage }) => usage.inputTokens),
      outputTokens: sum(({ usage }) => usage.outputTokens),
      cacheReadTokens: sum(({ usage }) => usage.cacheReadTokens),
      cacheWriteTokens: sum(({ usage }) => usage.cacheWriteTokens),
    },
    ms: sum(({ ms }) => ms),
  };
}

function scaled({ requests, usage, ms }: Consumption, by: number): Consumption {
  return { requests: Math.max(1, requests * by), usage: scaledUsage(usage, by), ms: ms * by };
}

function scaledUsage(usage: Usage, by: number): Usage {
  return {
    inputTokens: usage.inputTokens * by,
    outputTokens: usage.outputTokens * by,
    cacheReadTokens: usage.cacheReadTokens * by,
    cacheWriteTokens: usage.cacheWriteTokens * by,
  };
}
