import { standingDecisions, type Decision } from '../protocol/decision.ts';
import { changeTable, type ChangeRow } from './select.ts';
import type { RunState } from './state.ts';

/** How a change stands once a person has had their say, the last word first. */
export type ChangeStanding = 'empty' | 'discarded' | 'merged' | 'applied' | ChangeRow['outcome'];

export interface DecidedChange extends ChangeRow {
  readonly commit: string;
  readonly base: string;
  /** The verdict of its last review; null without one. */
  readonly approved: boolean | null;
  readonly standing: ChangeStanding;
  /** The branch that it landed on, in the run or since; null when it has not. */
  readonly landedOn: string | null;
}

/** The run's changes, with what a person did with them outside of its script. */
export function decidedChanges(state: RunState, decisions: readonly Decision[]): readonly DecidedChange[] {
  const standing = standingDecisions(decisions);
  const landedSince = new Map(standing.flatMap((one) => (one.type === 'landed' ? [[one.change, one] as const] : [])));
  return changeTable(state).flatMap((row) => {
    const known = state.changes.find(({ change }) => change.id === row.id);
    if (!known) return [];
    const since = landedSince.get(row.id);
    const told = since ? { outcome: 'landed' as const, why: `${since.commit.slice(0, 8)} on ${since.branch}` } : {};
    const decided: ChangeRow = { ...row, ...told };
    const { commit, base } = known.change;
    const landing = known.landing?.status === 'landed' ? known.landing : null;
    const approved = known.review?.approved ?? null;
    const landedOn = (since ?? landing)?.branch ?? null;
    return [{ ...decided, commit, base, approved, landedOn, standing: standingOf(decided, standing) }];
  });
}

function standingOf(row: ChangeRow, decisions: readonly Decision[]): ChangeStanding {
  if (row.files.length === 0) return 'empty';
  const landed = row.outcome === 'landed';
  // Who applies all that landed has applied this change too.
  const about = decisions.filter(
    (one) => 'change' in one && (one.change === row.id || (landed && one.change === null)),
  );
  if (about.findLast(({ type }) => type === 'discarded' || type === 'restored')?.type === 'discarded')
    return 'discarded';
  if (about.some(({ type }) => type === 'merged')) return 'merged';
  if (about.some(({ type }) => type === 'applied')) return 'applied';
  return row.outcome;
}

export type FoundChange =
  | { readonly kind: 'found'; readonly change: DecidedChange }
  /** `near`: labels that look like it, or all when there are few. */
  | { readonly kind: 'unknown'; readonly near: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] };

/** By id, branch, beginning of the commit, label, or a beginning of the label that only one has. */
export function findChange(changes: readonly DecidedChange[], text: string): FoundChange {
  const exact = changes.find(({ id, branch }) => id === text || branch === text);
  if (exact) return { kind: 'found', change: exact };
  const lower = text.toLowerCase();
  const tests: readonly ((change: DecidedChange) => boolean)[] = [
    ({ label }) => label === text,
    ({ label }) => label.toLowerCase().startsWith(lower),
    ({ commit }) => /^[0-9a-f]{7,}$/.test(text) && commit.startsWith(text),
    ({ branch }) => branch.endsWith(`/${text}`),
  ];
  for (const fits of text === '' ? [] : tests) {
    const [first, ...more] = changes.filter(fits);
    if (first && more.length === 0) return { kind: 'found', change: first };
    if (first) return { kind: 'ambiguous', ids: [first, ...more].map(({ id }) => id) };
  }
  const alike = changes.filter(({ label, id }) => label.toLowerCase().includes(lower) || id.includes(lower));
  return {
    kind: 'unknown',
    near: (alike.length > 0 ? alike : changes).slice(0, 8).map(({ id, label }) => `${id} (${label})`),
  };
}
