import type { BudgetError } from '../budget.ts';
import type { RunContext } from '../runContext.ts';

/** A script that catches this goes on, and its run ends degraded (W35). */
export function overBudget(run: RunContext, label: string, error: BudgetError): never {
  run.failures.add({ cause: 'budget', message: error.message, label }, error);
  run.warnOnce(error.message, error.message);
  throw error;
}

/** The same for a call that was no agent yet. */
export function refused(run: RunContext, label: string, error: BudgetError): never {
  run.recorder.census.refused();
  return overBudget(run, label, error);
}

/**
 * Refuses what takes time and nothing else once the minutes of the run or of the phase are up. Tokens and money that are
 * spent hinder no check and no landing: what is done still lands.
 */
export function refuseWhenTimeIsUp(run: RunContext, phase: string | null, label: string): void {
  const over = run.ledger.timeUp(phase);
  if (over) refused(run, label, over);
}
