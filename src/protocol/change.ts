/** One file of a change, as git tells it. A rename is its new path. */
export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Lines; 0 for a binary file. */
  readonly additions: number;
  readonly deletions: number;
}

/** What `change()` resolves to (X01). `diff` is cut at 256 KiB; git holds the whole. */
export interface Change {
  readonly id: string;
  readonly summary: string;
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
  readonly files: readonly ChangedFile[];
  readonly diff: string;
}

export type Severity = 'blocker' | 'major' | 'minor' | 'nit';
export const SEVERITIES = ['blocker', 'major', 'minor', 'nit'] as const satisfies readonly Severity[];

export interface Votes {
  readonly upheld: number;
  readonly refuted: number;
  readonly abstained: number;
}

/** A reviewer's finding that its skeptics could not refute (X02). Lines count from 1 on the modified side. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly endLine?: number;
  readonly severity: Severity;
  readonly title: string;
  readonly body: string;
  readonly suggestion?: string;
  readonly lens: string;
  readonly votes: Votes;
  /** One a skeptic, in their own words. */
  readonly reasons: readonly string[];
}

export interface Review {
  readonly approved: boolean;
  readonly findings: readonly Finding[];
}

/** What `land()` resolves to (X03). */
export type Landing =
  /** `resolvedBy`: the agent that had resolved its conflict. */
  | { readonly status: 'landed'; readonly commit: string; readonly branch: string; readonly resolvedBy?: string }
  /** `log` where git itself refused, and no path conflicts. */
  | { readonly status: 'conflict'; readonly conflicts: readonly string[]; readonly log?: string }
  | { readonly status: 'verify-failed'; readonly log: string }
  | { readonly status: 'unreviewed' }
  | { readonly status: 'empty' };
