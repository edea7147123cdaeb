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

/**
 * How sure a finding is: `reproduced` by a test that fails on the change when the runtime runs it, `argued` by words
 * alone, `refuted` by more than half of its votes. What was reproduced is never refuted.
 */
export type FindingStatus = 'reproduced' | 'argued' | 'refuted';

/** What shows a fault: the text of a test file, and the command that fails with it on the change. */
export interface Reproduction {
  readonly path: string;
  readonly content: string;
  readonly command: string;
}

/** What a reviewer found in a change, and its skeptics said of it (X02). Lines count from 1 on the modified side. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly endLine?: number;
  readonly severity: Severity;
  readonly title: string;
  readonly body: string;
  readonly suggestion?: string;
  /** The text it stands on, as its reviewer gave it; absent in logs of older versions. */
  readonly quote?: string;
  /** The quote is not in the file: it is about the file or the change as a whole, and its line says nothing. */
  readonly unplaced?: true;
  /** Through which it was found; several, when reviewers found the same, with commas between. */
  readonly lens: string;
  /** Absent in logs of older versions. */
  readonly status?: FindingStatus;
  readonly reproduction?: Reproduction;
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
  /** By a person, since an earlier attempt of the run: it, or a change that it stands on. */
  | { readonly status: 'discarded' }
  | { readonly status: 'empty' };
