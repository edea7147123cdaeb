import type { Suite } from './suite.ts';
import { worktreeFigures } from './worktreeFigures.ts';

/** The same as `worktrees` for a repository of 50,000 files. Takes some minutes. */
export const suite: Suite = {
  long: true,
  limits: {},
  run: async (say) => (await worktreeFigures(50_000, say)).figures,
};
