/**
 * What a person decided about a run's changes, outside of its script; in the order in which it was decided. `change` null:
 * all that landed, which is the run's integration branch.
 */
export type Decision = { readonly at: number } & (
  | {
      readonly type: 'applied';
      /** Counts from 1 in its run. */
      readonly number: number;
      readonly change: string | null;
      readonly base: string;
      readonly commit: string;
      /** The top folder of the checkout that was written. */
      readonly checkout: string;
      readonly files: number;
    }
  | { readonly type: 'undone'; readonly number: number }
  /** `commit`: where the branch stands since. */
  | { readonly type: 'merged'; readonly change: string | null; readonly branch: string; readonly commit: string }
  | { readonly type: 'proposed'; readonly change: string | null; readonly branch: string; readonly url: string }
  | { readonly type: 'discarded'; readonly change: string; readonly branch: string; readonly commit: string }
  /** A discarded change is back on its branch. */
  | { readonly type: 'restored'; readonly change: string }
  | { readonly type: 'landed'; readonly change: string; readonly branch: string; readonly commit: string }
);

export type AppliedDecision = Extract<Decision, { readonly type: 'applied' }>;

/** Without the applies that were taken back. */
export function standingDecisions(decisions: readonly Decision[]): readonly Decision[] {
  const undone = new Set(decisions.flatMap((one) => (one.type === 'undone' ? [one.number] : [])));
  return decisions.filter((one) => one.type !== 'applied' || !undone.has(one.number));
}

/** The ids of changes that nobody wants, and nobody has brought back. */
export function discardedChanges(decisions: readonly Decision[]): ReadonlySet<string> {
  const discarded = new Set<string>();
  for (const one of decisions) {
    if (one.type === 'discarded') discarded.add(one.change);
    if (one.type === 'restored') discarded.delete(one.change);
  }
  return discarded;
}

/** The apply that an undo would take back: the last one that still stands. */
export function lastApplied(decisions: readonly Decision[]): AppliedDecision | null {
  return standingDecisions(decisions).findLast((one) => one.type === 'applied') ?? null;
}
