import type { RunStatus } from '../protocol/run.ts';
import { agentOf } from './agentTable.ts';
import type { AskedQuestion, PermissionQuestion, RunState } from './state.ts';

/** How a run stands, in a few words, for who has started it; and what it asks. Plain JSON. */
export interface RunCard {
  readonly runId: string;
  readonly status: RunStatus;
  readonly paused: boolean;
  /** The title that was entered last. */
  readonly phase: string | null;
  /** Agents of this attempt that have ended, in whatever way, and all of them so far. */
  readonly over: number;
  readonly agents: number;
  /** Null: not known. */
  readonly usd: number | null;
  readonly questions: readonly PermissionQuestion[];
  readonly asked: readonly AskedQuestion[];
  /** Names of the agents that ask. */
  readonly labels: Readonly<Record<string, string>>;
  /** They can be answered here: the run is one of this window. */
  readonly answerable: boolean;
}

/** `state` null: nobody has looked into it. */
export function cardOf(
  { runId, status, answerable }: Pick<RunCard, 'runId' | 'status' | 'answerable'>,
  state: RunState | null,
): RunCard {
  const head = { runId, status, answerable };
  if (state === null)
    return { ...head, paused: false, phase: null, over: 0, agents: 0, usd: null, questions: [], asked: [], labels: {} };
  const { queued, running, ...ended } = state.counts;
  const over = Object.values(ended).reduce((sum, n) => sum + n, 0);
  // A run whose process died asks nobody.
  const { questions, asked } = status === 'running' ? state : { questions: [], asked: [] };
  const asking = [
    ...questions.flatMap(({ agentId, others }) => [agentId, ...others]),
    ...asked.map((one) => one.agentId),
  ];
  const labels = asking.flatMap((id) => (id === null ? [] : [[id, agentOf(state.agents, id)?.label ?? id] as const]));
  return {
    ...head,
    ...{ paused: state.paused !== null, phase: state.currentPhase, over, agents: over + queued + running },
    ...{ usd: state.totals.usd, questions, asked, labels: Object.fromEntries(labels) },
  };
}
