import type { OnQueued } from '../../workflow/commands.ts';
import type { OwnWorktree } from '../gitLease.ts';
import type { GitPlace } from '../gitPlace.ts';
import type { WorktreePlace } from '../worktreePlace.ts';

/** How the files of a worktree come about, cheapest first (ADR 13). */
export type BackendKind = 'overlay' | 'reflink' | 'plain';

export interface NewWorktree {
  readonly place: GitPlace;
  readonly target: WorktreePlace;
  readonly runId: string;
  /** A whole object name. */
  readonly base: string;
}

/** Makes worktrees that git, an editor and an agent cannot tell from those of `git worktree add`. */
export interface Backend {
  readonly kind: BackendKind;
  /** The base tree that was borrowed for it. An overlay rests on it until it is removed, a clone until it is filled. */
  readonly restsOn: string | null;
  /** Git's records and the folder. Runs under the lock of the list; what it made before it throws is taken back by path. */
  record(request: NewWorktree, signal: AbortSignal): Promise<OwnWorktree>;
  /** All files of the base, and `unmarkedIndex`, in which each of them is unchanged. */
  fill(own: OwnWorktree, signal: AbortSignal, onQueued?: OnQueued): Promise<void>;
}
