import type { ChangedFile } from '../../protocol/change.ts';
import type { Overlap } from './overlap.ts';

/** What is applied: one change of a run, or (change null) all that landed. */
export interface ApplySource {
  readonly runId: string;
  readonly change: string | null;
  /** For people: the change's label, or the integration branch. */
  readonly label: string;
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
  /** The base holds uncommitted files of the person's, which must not get into a history. */
  readonly onSnapshot: boolean;
}

/** Why nothing was done, and nothing was written. */
export type ApplyRefusal =
  /** Writing these would lose something of the person's. */
  | { readonly kind: 'overlap'; readonly overlaps: readonly Overlap[] }
  /** The checkout has gone on since, and both sides changed these. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }
  /** It is all there already. */
  | { readonly kind: 'nothing' }
  /** One line that says what to do. */
  | { readonly kind: 'failed'; readonly message: string };

/** What an apply or a merge would write. */
export interface Forecast {
  readonly kind: 'possible';
  readonly files: readonly ChangedFile[];
  /** The top folder of the checkout. */
  readonly checkout: string;
  /** The branch that is checked out there; null: none, HEAD is detached. */
  readonly branch: string | null;
  readonly head: string;
}

export interface Applied {
  readonly kind: 'applied';
  readonly number: number;
  readonly files: readonly ChangedFile[];
  readonly checkout: string;
}

export type ApplyOutcome = ApplyRefusal | Applied;

/** An apply that can be taken back, or was. */
interface Undo<Kind extends string> {
  readonly kind: Kind;
  readonly number: number;
  readonly files: readonly string[];
  readonly checkout: string;
}

export type UndoRefusal =
  | { readonly kind: 'nothing' }
  /** Somebody wrote these since, or has them unsaved in an editor. */
  | { readonly kind: 'edited'; readonly paths: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };

export type UndoForecast = UndoRefusal | Undo<'possible'>;
export type UndoOutcome = UndoRefusal | Undo<'undone'>;

export type MergeRefusal =
  | ApplyRefusal
  /** Another worktree has the branch checked out. */
  | { readonly kind: 'elsewhere'; readonly branch: string; readonly path: string };

export interface Merged {
  readonly kind: 'merged';
  readonly branch: string;
  /** Where the branch stood, and where it stands. */
  readonly from: string;
  readonly commit: string;
  readonly fastForward: boolean;
  readonly files: readonly ChangedFile[];
}

export type MergeOutcome = MergeRefusal | Merged;

export type DiscardOutcome =
  | { readonly kind: 'discarded' | 'restored'; readonly branch: string; readonly commit: string }
  | { readonly kind: 'failed'; readonly message: string };

export type ProposalForecast =
  | { readonly kind: 'possible'; readonly branch: string; readonly remote: string; readonly into: string | null }
  | { readonly kind: 'failed'; readonly message: string };

export type ProposeOutcome =
  | { readonly kind: 'proposed'; readonly url: string; readonly branch: string; readonly remote: string }
  | { readonly kind: 'failed'; readonly message: string };
