/** A cap was reached. The script may catch it and go on without agents (W35, W38). */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}
