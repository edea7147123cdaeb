import type { Landing } from '../../protocol/change.ts';
import { integrationBranch } from '../landing.ts';
import { landingMessage } from '../landing/message.ts';
import type { MergeRepository } from '../worktrees.ts';

export interface OutsideLanding {
  readonly runId: string;
  readonly cwd: string;
  /** What the integration branch begins with where nothing has landed yet. */
  readonly base: string;
  readonly change: { readonly id: string; readonly label: string; readonly base: string; readonly commit: string };
  /** Commits of the run's other changes that stand on a branch of their own, by commit the label. */
  readonly others: ReadonlyMap<string, string>;
}

export interface OutsideLandingDeps {
  readonly merge: MergeRepository;
  /** Null: the command passed on that commit; else what it said. */
  readonly verify: ((commit: string) => Promise<string | null>) | null;
}

/** `land()` on a person's word once the run is over: the same branch, the same commits, and the person in the place of a review. */
export async function landOutside(
  { merge, verify }: OutsideLandingDeps,
  { runId, cwd, base, change, others }: OutsideLanding,
): Promise<Landing> {
  const below = others.get(change.base);
  const branch = integrationBranch(runId);
  const tip = await merge.resolve(cwd, branch);
  const ours = tip ?? base;
  if (below !== undefined) {
    const log = `It stands on the change ${below}, which would come with it. Land that one first.`;
    return { status: 'conflict', conflicts: [], log };
  }
  const merged = await merge.merge(cwd, ours, change.commit);
  if (merged.kind === 'failed') return { status: 'conflict', conflicts: [], log: merged.message };
  if (merged.kind === 'conflict') return { status: 'conflict', conflicts: merged.paths };
  if ((await merge.treeOf(cwd, ours)) === merged.tree) {
    return tip === null ? { status: 'empty' } : { status: 'landed', commit: tip, branch };
  }
  // As the queue names it, so that a resume of the run finds it landed.
  const message = landingMessage(runId, { id: change.id, summary: change.label }, [change.commit]);
  const commit = await merge.commitTree(cwd, merged.tree, [ours], message);
  const log = verify === null ? null : await verify(commit);
  if (log !== null) return { status: 'verify-failed', log };
  const move = await merge.moveBranch(cwd, branch, commit, tip);
  switch (move.kind) {
    case 'moved':
      return { status: 'landed', commit, branch };
    case 'elsewhere':
      return { status: 'conflict', conflicts: [], log: `Somebody else moved ${branch} meanwhile; land it again.` };
    case 'failed':
      return { status: 'conflict', conflicts: [], log: move.message };
  }
}
