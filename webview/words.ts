import { clip } from '../src/base/text.ts';
import { statusOf } from '../src/projection/select.ts';
import { formatTokens, formatUsd } from '../src/projection/cost.ts';
import type { AgentNode, AgentStatus, RunState } from '../src/projection/state.ts';
import { waitOf, type Wait } from '../src/projection/waits.ts';
import { STOP_WORDS } from '../src/projection/stopWords.ts';
import type { Landing } from '../src/protocol/change.ts';
import type { AgentKind } from '../src/protocol/messages.ts';
import type { NullCause, RunStatus } from '../src/protocol/run.ts';
import type { Usage } from '../src/protocol/usage.ts';
import { byTheClock } from './moments.ts';

// What the views say, in one place, so that graph, table and inspector say the same.

export const RUN_WORDS: Readonly<Record<RunStatus, string>> = {
  running: 'Running',
  completed: 'Completed',
  degraded: 'Completed with failures',
  stopped: 'Stopped',
  failed: 'Failed',
  interrupted: 'Interrupted',
};

/** How the run stands, for its heading. */
export function runWords(state: RunState, alive: boolean): string {
  if (state.status === 'starting' && alive) return 'Starting';
  if (state.end?.status === 'stopped') return capital(STOP_WORDS[state.end.reason]);
  const status = statusOf(state, alive);
  return status === 'running' && state.paused ? 'Paused' : RUN_WORDS[status];
}

export function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

export const KIND_WORDS: Readonly<Record<AgentKind, string>> = {
  agent: 'Agent',
  author: 'Author',
  reviewer: 'Reviewer',
  skeptic: 'Skeptic',
};

const CAUSE_WORDS: Readonly<Record<NullCause, string>> = {
  skipped: 'Skipped',
  stopped: 'Stopped',
  timeout: 'Timed out',
  stalled: 'Stalled',
  api: 'Service failed',
  quota: 'Out of quota',
  refused: 'Model refused',
  context: 'Context full',
  'max-turns': 'Too many turns',
  worktree: 'Worktree failed',
  verify: 'Verification failed',
  'not-started': 'Could not be verified',
  paths: 'Wrote what it may not',
  script: 'Ended by the script',
};

const STATUS_WORDS: Readonly<Record<Exclude<AgentStatus, 'null'>, string>> = {
  queued: 'Queued',
  running: 'Running',
  done: 'Done',
  threw: 'Threw an error',
  interrupted: 'Interrupted',
};

/** How an agent stands: the same words for the same state, whatever it does just now. */
export function agentWords(agent: AgentNode): string {
  if (agent.status === 'null') return agent.cause ? CAUSE_WORDS[agent.cause] : 'No result';
  return agent.fromJournal && agent.status === 'done' ? 'Done, from journal' : STATUS_WORDS[agent.status];
}

/** `Waits for the model`, or the tool alone: `Bash npm test`. For an agent that has ended, how it stands. */
export function activity(state: RunState, agent: AgentNode, now: number): string {
  const wait = waitOf(state, agent, now, byTheClock(now));
  if (!wait) return agentWords(agent);
  return wait.on === 'tool' ? waitText(wait) : `Waits for ${waitText(wait)}`;
}

/** On one line. */
export function waitText({ text }: Wait): string {
  return clip(text.replace(/\s+/g, ' '), 200);
}

export const LANDING_WORDS: Readonly<Record<Landing['status'], string>> = {
  landed: 'Landed',
  conflict: 'Conflict',
  'verify-failed': 'Verification failed',
  unreviewed: 'Not approved',
  discarded: 'Discarded',
  empty: 'Nothing to land',
};

/** All of a prompt counts, cached or not. */
export function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}

/** Money as people read it in a list: empty while nothing was spent. */
export function moneyWords(agent: Pick<AgentNode, 'requests' | 'usd'>): string {
  return agent.requests === 0 ? '' : formatUsd(agent.usd);
}

export function tokenWords(usage: Usage): string {
  const tokens = tokensOf(usage);
  return tokens === 0 ? '' : formatTokens(tokens);
}

export function phaseTitle(title: string | null): string {
  return title ?? 'Outside of phases';
}

/** How long an agent has run, in ms; null before it starts. */
export function agentMs(agent: AgentNode, now: number): number | null {
  if (agent.startedAt === null) return null;
  return Math.max(0, (agent.endedAt ?? now) - agent.startedAt);
}
