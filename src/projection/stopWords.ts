import type { StopReason } from '../protocol/run.ts';

/** Why a run was stopped, for people: every view says the same. */
export const STOP_WORDS: Readonly<Record<StopReason, string>> = {
  person: 'stopped by request',
  budget: 'stopped, the budget is used up',
  agents: 'stopped at the cap of agents',
  closed: 'stopped, its window or terminal was closed',
};
