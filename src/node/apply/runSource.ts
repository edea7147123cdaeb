import type { ApplySource } from '../../workflow/apply/outcome.ts';
import { integrationBranch } from '../../workflow/landing.ts';
import type { Git } from '../git.ts';
import { branchState } from '../gitLease.ts';

export interface SourceRun {
  readonly runId: string;
  readonly cwd: string;
  /** What the run began on; `snapshot`: a commit with uncommitted files of the person's. Null: in no repository. */
  readonly base: { readonly commit: string; readonly snapshot?: boolean } | null;
}

export type FoundSource =
  { readonly kind: 'found'; readonly source: ApplySource } | { readonly kind: 'failed'; readonly message: string };

/** All that landed: the integration branch, as it stands now. */
export async function integrationSource(git: Git, run: SourceRun): Promise<FoundSource> {
  const { runId, cwd, base } = run;
  const branch = integrationBranch(runId);
  const state = base === null ? null : await branchState(git, { cwd }, `refs/heads/${branch}`).catch(() => null);
  if (base === null || state === null) {
    return { kind: 'failed', message: `Nothing of run ${runId} has landed, so there is no branch ${branch}.` };
  }
  const onSnapshot = base.snapshot === true;
  const about = { runId, change: null, label: branch, branch };
  return { kind: 'found', source: { ...about, base: base.commit, commit: state.commit, onSnapshot } };
}

/** One change, whether it landed or not. */
export function changeSource(
  run: SourceRun,
  change: {
    readonly id: string;
    readonly label: string;
    readonly branch: string;
    readonly base: string;
    readonly commit: string;
  },
): ApplySource {
  const { id, label, branch, base, commit } = change;
  return { runId: run.runId, change: id, label, branch, base, commit, onSnapshot: run.base?.snapshot === true };
}
