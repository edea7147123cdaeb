import type { Suite } from './suite.ts';
import { worktreeFigures } from './worktreeFigures.ts';

/**
 * Worktrees of each backend that works here against `git worktree add`, in CPU of all processes together. Where no
 * overlay can be mounted, its figures are missing. For root, who may mount, also what everybody else gets. Takes about three
 * minutes.
 */
export const suite: Suite = {
  limits: { removeMs: 2, firstEditMs: 30 },
  floors: { createCpuRatio_2k: 30, createCpuRatio_10k: 200, reuseCpuRatio_10k: 2.5 },
  run: async (say) => {
    const [small, large] = [await worktreeFigures(2_000, say), await worktreeFigures(10_000, say)];
    return { ...small.figures, ...large.figures, ...large.held };
  },
};
