import type { ChangedFile } from '../protocol/change.ts';
import type { BaseCommit } from '../protocol/run.ts';
import type { OnQueued } from './commands.ts';
import type { ChangeBatches } from './landing/changeBatches.ts';

/** A worktree that one agent holds. It belongs to nobody else until it is released. */
export interface Lease {
  /** Absolute, symlinks resolved. */
  readonly path: string;
  /** The folder in it that `acquire` was called for: `path`, or the same subfolder; absolute, symlinks resolved. */
  readonly cwd: string;
  /** The commit it started from. */
  readonly base: string;
  /** Something of an earlier holder was there to restore. */
  readonly restored: boolean;
  /** Folders elsewhere that links in it lead to: to be read, never written. Absolute, symlinks resolved. */
  readonly readable?: readonly string[];
  /**
   * What lies in it and is not ignored, where that differs from the base: each path from the top with a word for its
   * content and mode, equal for equal ones; a renamed file is both of its paths. Throws as `commit` does.
   */
  changes(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /**
   * Commits everything that changed (new, deleted, renamed, binary) to `branch` and returns the commit;
   * null when nothing did, and no branch is made. Hooks and signing as the person has set.
   */
  commit(request: CommitRequest, signal: AbortSignal): Promise<Commit | null>;
  /** Removes the worktree, whatever state it is in. Never throws for one that is already gone. */
  release(): Promise<void>;
  /**
   * Like `release` for a writer that did not get to its commit: what it wrote is kept under
   * `refs/dynamic-workflows/<runId>/rescued/<name>`, or, where git cannot take it, its folder is moved aside. Gives where
   * that is, a ref or an absolute path, for a person to read; null when there was nothing to keep. What was kept of an
   * earlier holder that this one did not take back stays, and is moved to `…/rescued/<name>.left-<commit>`.
   * `apart`: under a name like that one from the first, so that no later holder is given it.
   */
  abandon(apart?: 'apart'): Promise<string | null>;
}

export interface CommitRequest {
  readonly branch: string;
  readonly message: string;
}

export interface Commit {
  readonly commit: string;
  readonly branch: string;
  /** Why it is not signed although the person wants that. */
  readonly unsigned?: string;
  readonly files: readonly ChangedFile[];
  /** Unified diff against the base, cut at `MAX_DIFF_CHARS` with a line that says so. */
  readonly diff: string;
}

export const MAX_DIFF_CHARS = 256 * 1024;

export interface LeaseRequest {
  readonly runId: string;
  /** Names the folder together with the run; unique in it. */
  readonly name: string;
  readonly commit: string;
  /** What an earlier holder of this name had written, committed or not, is in it again. */
  readonly restore?: boolean;
  /** Its holder begins anew: no later holder of this name is given what an earlier one had written, committed or not. */
  readonly anew?: boolean;
  /** See `WorktreeChoices`. */
  readonly dependencyFolders?: readonly string[];
  /** Takes what a person should know of it, in one line. */
  readonly tell?: (note: string) => void;
  /** Of filling it, and of setting it up. */
  readonly onQueued?: OnQueued;
}

/** Why a folder cannot serve as a base; each message says what to do. */
export type RepositoryProblem = {
  readonly kind: 'no-git' | 'no-repository' | 'no-commit' | 'bare';
  readonly message: string;
};

export type RepositoryState =
  { readonly kind: 'ready'; readonly root: string; readonly base: BaseCommit } | RepositoryProblem;

export interface SnapshotRequest {
  readonly runId: string;
  /** As `inspect` gave it. */
  readonly base: BaseCommit;
}

export type SnapshotResult =
  { readonly kind: 'ready'; readonly base: BaseCommit } | { readonly kind: 'failed'; readonly message: string };

export type LeaseResult =
  { readonly kind: 'leased'; readonly lease: Lease } | { readonly kind: 'failed'; readonly message: string };

/** The git side of a run: worktrees, and the objects that landing needs. All of one repository, seen from `cwd`. */
export interface Worktrees {
  /** What `cwd` is. Never throws for a folder that is no repository. */
  inspect(cwd: string): Promise<RepositoryState>;
  /**
   * The base that a run has whose worktrees shall hold what is not committed in the checkout too: `base` itself where
   * there is nothing, else a commit on it, kept by a ref of the run. The checkout stays as it is.
   */
  snapshot(cwd: string, request: SnapshotRequest, signal?: AbortSignal): Promise<SnapshotResult>;
  /**
   * The files of the checkout itself, ignored ones aside, as one word that is equal for equal files, whether they are
   * committed or not (W42). Null where that cannot be told. Rejects on abort only.
   */
  folderState(cwd: string, signal?: AbortSignal): Promise<string | null>;
  acquire(cwd: string, request: LeaseRequest, signal: AbortSignal): Promise<LeaseResult>;
  /**
   * Removes worktrees of a run that a dead process left; commits and branches stay. Gives where uncommitted work of them
   * was kept, as `abandon` does.
   */
  sweep(cwd: string, runId: string): Promise<readonly string[]>;
}

export type MergeResult =
  | { readonly kind: 'merged'; readonly tree: string }
  /** `tree` has both sides in the files in conflict; `notes` are what git says of each conflict. */
  | {
      readonly kind: 'conflict';
      readonly paths: readonly string[];
      readonly tree: string;
      readonly notes: readonly string[];
    }
  /** Git is too old, the histories share no commit, an object is missing; the message says it in one line. */
  | { readonly kind: 'failed'; readonly message: string };

export type BranchMove =
  | { readonly kind: 'moved' }
  /** The branch was not where it was said to be: somebody else has moved it. */
  | { readonly kind: 'elsewhere' }
  /** A person has it checked out, or git refuses it; the message says what to do. */
  | { readonly kind: 'failed'; readonly message: string };

/** Merging without a checkout: objects and refs only, so that the person's files are never touched. */
export interface MergeRepository extends ChangeBatches {
  /** The commit a branch points to, or null. */
  resolve(cwd: string, branch: string): Promise<string | null>;
  /** The tree of a commit. */
  treeOf(cwd: string, commit: string): Promise<string>;
  /**
   * `git merge-tree --write-tree` of two commits. `base`: what `theirs` is a change of; absent: what git finds of the two
   * histories. With a `base`, `ours` may be a tree as well.
   */
  merge(cwd: string, ours: string, theirs: string, base?: string): Promise<MergeResult>;
  /** Those of the paths that still have conflict marks in a commit, of a merge of `theirs`: of whatever length. */
  markedIn(cwd: string, commit: string, paths: readonly string[], theirs: string): Promise<readonly string[]>;
  commitTree(cwd: string, tree: string, parents: readonly string[], message: string): Promise<string>;
  /** Moves the branch from `from` (null: it must not exist) to `to`. */
  moveBranch(cwd: string, branch: string, to: string, from: string | null): Promise<BranchMove>;
  /** The same commit as `diff`, `files` as a change shows them, between two commits. */
  compare(cwd: string, base: string, commit: string): Promise<Pick<Commit, 'files' | 'diff'>>;
}
