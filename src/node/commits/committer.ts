import { AbortError } from '../../base/abort.ts';
import type { Commands } from '../../workflow/commands.ts';
import { lastWords, type Git } from '../git.ts';
import { commitTree, type AskedIdentity, type CommitParts, type GitWhere } from '../gitCommits.ts';
import { commitHooks, type HookedWorktree } from './commitHooks.ts';
import type { CommitSettings } from './commitSettings.ts';

/** How a worktree's tree becomes a commit. */
export interface Committer {
  /** Whose the commits are; what is absent, git knows. */
  readonly identity: AskedIdentity;
  readonly signs: boolean;
  /** True when the repository's own check ran, and may have changed files. Throws when it refused the tree. */
  checkTree(worktree: HookedWorktree, tree: string, signal: AbortSignal): Promise<boolean>;
  /** The message as the repository's own check leaves it. Throws when it refused it. */
  checkMessage(worktree: HookedWorktree, message: string, signal: AbortSignal): Promise<string>;
  /** `unsigned`: why it is not signed although it was to be. */
  commit(where: GitWhere, parts: CommitParts, signal: AbortSignal): Promise<{ commit: string; unsigned?: string }>;
}

/** As long as a person needs for a passphrase; once one did not come, only as long as a key takes that asks nothing. */
const PATIENCE_MS = 30_000;
const NO_PATIENCE_MS = 5_000;

export interface CommitterDeps {
  readonly git: Git;
  readonly commands: Commands;
  readonly settings: CommitSettings;
  /** Default: `PATIENCE_MS`. */
  readonly patienceMs?: number;
}

export function createCommitter({ git, commands, settings, patienceMs = PATIENCE_MS }: CommitterDeps): Committer {
  const identity = { name: settings.name, email: settings.email };
  const hooks = settings.runHooks ? commitHooks(git, commands) : null;
  let patience = patienceMs;
  // Two questions for one passphrase at once help nobody.
  let turn: Promise<unknown> = Promise.resolve();

  async function signed(where: GitWhere, parts: CommitParts, signal: AbortSignal): Promise<string | { why: string }> {
    const timeOut = AbortSignal.timeout(patience);
    const either = AbortSignal.any([signal, timeOut]);
    try {
      const made = await commitTree(git, where, { ...parts, identity, sign: true }, either);
      patience = patienceMs;
      return made;
    } catch (error) {
      if (signal.aborted) throw new AbortError(signal.reason);
      if (!timeOut.aborted) return { why: error instanceof Error ? lastWords(error.message) : String(error) };
      const waited = patience;
      patience = Math.min(patienceMs, NO_PATIENCE_MS);
      return { why: `the key was not there within ${Math.ceil(waited / 1_000)} s; was its passphrase asked for?` };
    }
  }

  return {
    identity,
    signs: settings.sign,
    checkTree: async (worktree, tree, signal) => (await hooks?.preCommit(worktree, tree, signal)) ?? false,
    checkMessage: async (worktree, message, signal) =>
      (await hooks?.commitMessage(worktree, message, signal)) ?? message,
    commit: async (where, parts, signal) => {
      if (!settings.sign) return { commit: await commitTree(git, where, { ...parts, identity }, signal) };
      const signing = turn.then(() => signed(where, parts, signal));
      turn = signing.catch(() => undefined);
      const made = await signing;
      if (typeof made === 'string') return { commit: made };
      return { commit: await commitTree(git, where, { ...parts, identity }, signal), unsigned: made.why };
    },
  };
}
