import { cacheText } from '../src/projection/cacheShare.ts';
import { formatDuration, formatTokens, formatUsd } from '../src/projection/cost.ts';
import { pausedMsOf, usageOf } from '../src/projection/select.ts';
import type { RunState } from '../src/projection/state.ts';
import { MAX_AGENTS } from '../src/protocol/run.ts';
import { tokensOf } from './words.ts';

/** What the run has used, and of what, where a cap is set. */
export interface Figures {
  readonly agents: string;
  readonly tokens: string;
  readonly cost: string;
  readonly time: string;
}

/** At `now`. `running`: agents may still start, so that it matters how many may at once. */
export function figuresOf(state: RunState, now: number, running: boolean): Figures {
  const usage = usageOf(state, now);
  const { outputTokens, usd, agents, minutes } = state.head?.caps ?? {};
  return {
    agents: [
      agentCounts(state, running),
      ...(agents === undefined || isFar(usage.agents, agents) ? [] : [`${usage.agents} of ${agents} started`]),
    ].join(' · '),
    tokens: [
      formatTokens(tokensOf(usage)),
      ...(cacheText(usage) === '' ? [] : [cacheText(usage)]),
      ...(outputTokens === undefined
        ? []
        : [`output ${formatTokens(usage.outputTokens)} of ${short(formatTokens(outputTokens))}`]),
    ].join(' · '),
    cost: formatUsd(usage.usd) + (usd === undefined ? '' : ` of $${Number(usd.toFixed(4))}`),
    time:
      minutes === undefined
        ? formatTime(usage.ms)
        : // The cap is of time without pauses.
          `${formatTime(Math.max(0, usage.ms - pausedMsOf(state, now)))} of ${short(formatDuration(minutes * 60_000))}`,
  };
}

/** The cap that every run has says nothing before the run comes near it. */
function isFar(started: number, cap: number): boolean {
  return cap === MAX_AGENTS && started < MAX_AGENTS / 2;
}

/** `3 of 16 running · 12 done · 1 failed`: these three always, the rare ones when there are any. */
function agentCounts({ counts, head }: RunState, running: boolean): string {
  const rare = (n: number, word: string): string[] => (n > 0 ? [`${n} ${word}`] : []);
  return [
    `${counts.running}${running && head ? ` of ${head.concurrency}` : ''} running`,
    ...rare(counts.queued, 'queued'),
    `${counts.done} done`,
    `${counts.null + counts.threw} failed`,
    ...rare(counts.interrupted, 'interrupted'),
  ].join(' · ');
}

/** Whole seconds: tenths that stand still for a second look broken. */
function formatTime(ms: number): string {
  return ms < 9950 ? `${Math.floor(ms / 1000)}s` : formatDuration(ms);
}

/** A cap is a round number: `500k`, `30m`, `2h`. */
function short(amount: string): string {
  return amount.replace(/\.0(?=[kM]$)| 00[sm]$/, '');
}
