import { expect, test } from 'vitest';
import { WORKTREE_FLAGS, worktreeFrom } from './worktreeFlags.ts';
import { parseFlags } from './parseFlags.ts';

const from = (...argv: readonly string[]) => worktreeFrom(parseFlags('run', argv, WORKTREE_FLAGS).values);

test.each([
  { argv: [], says: {} },
  { argv: ['--dirty', 'snapshot'], says: { dirtyCheckout: 'snapshot' } },
  {
    argv: [
      '--setup',
      'npm ci',
      '--setup-minutes',
      '3',
      '--dependencies',
      'node_modules',
      '--dependencies',
      'web/vendor',
    ],
    says: { worktree: { setup: 'npm ci', setupMinutes: 3, dependencyFolders: ['node_modules', 'web/vendor'] } },
  },
])('W27 $argv', ({ argv, says }) => {
  expect(from(...argv)).toEqual(says);
});

test.each([
  { argv: ['--dirty', 'stash'], says: '--dirty is one of leave-out, snapshot' },
  { argv: ['--setup-minutes', '0'], says: '--setup-minutes is a whole number from 1' },
])('$argv is refused', ({ argv, says }) => {
  expect(() => from(...argv)).toThrow(says);
});
