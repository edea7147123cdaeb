import { DIRTY_CHOICES } from '../protocol/run.ts';
import type { LaunchRequest } from '../protocol/messages.ts';
import { oneOf, wholeNumber } from './parseFlags.ts';

export const WORKTREE_FLAGS = {
  dirty: { type: 'string' },
  setup: { type: 'string' },
  'setup-minutes': { type: 'string' },
  dependencies: { type: 'string', multiple: true },
} as const;

const A_DAY = 24 * 60;

/** What a run's worktrees start from, and how each is made ready. */
export function worktreeFrom(values: {
  readonly dirty?: string | undefined;
  readonly setup?: string | undefined;
  readonly 'setup-minutes'?: string | undefined;
  readonly dependencies?: readonly string[] | undefined;
}): Pick<LaunchRequest, 'dirtyCheckout' | 'worktree'> {
  const dirtyCheckout = oneOf('dirty', values.dirty, DIRTY_CHOICES);
  const { setup, dependencies } = values;
  const setupMinutes = wholeNumber('setup-minutes', values['setup-minutes'], 1, A_DAY);
  const worktree = {
    ...(setup === undefined ? {} : { setup }),
    ...(setupMinutes === undefined ? {} : { setupMinutes }),
    ...(dependencies === undefined ? {} : { dependencyFolders: dependencies }),
  };
  return {
    ...(dirtyCheckout === undefined ? {} : { dirtyCheckout }),
    ...(Object.keys(worktree).length > 0 ? { worktree } : {}),
  };
}
