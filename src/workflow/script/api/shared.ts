import type { ApiOption } from './description.ts';

// What several calls have in common.

export const LABEL: ApiOption = {
  name: 'label',
  holds: { kind: 'text' },
  default: "the prompt's first words",
  doc: 'Its name in the graph and the list of runs.',
};

export const MINUTES_ARE_UP = 'A `BudgetError` once the minutes of the run or of its phase are up.';

export const IN_PHASE: ApiOption = {
  name: 'phase',
  holds: { kind: 'text' },
  default: 'what `phase()` said last',
  doc: 'The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.',
};
