import type { Diagnostic } from '../script/check.ts';

/** What plays of the same script came to, with `likely` between the two. */
export interface Range {
  readonly min: number;
  readonly likely: number;
  readonly max: number;
}

export interface RehearsedPhase {
  /** Null: outside of all phases. */
  readonly title: string | null;
  readonly agents: Range;
  readonly outputTokens: Range;
  /** Null: a model without a known price. */
  readonly usd: Range | null;
  /** Ids, in the order in which they were first asked. */
  readonly models: readonly string[];
  /** Phases whose answers led to agents of this one; the order of the run, as a graph of phases. */
  readonly after: readonly (string | null)[];
}

/** Something that a play has shown, or that can be seen in the text; one about the whole script has no place in it. */
export type Finding = Pick<Diagnostic, 'severity' | 'code' | 'message'> & Partial<Diagnostic>;

/** Where tokens and time of an agent come from. */
export type Basis =
  | { readonly kind: 'assumed' }
  /** Newest first. */
  | { readonly kind: 'past'; readonly runIds: readonly string[] };

/**
 * What a run of a script is going to take, found by playing it with made-up answers (X08). Tokens in are those of prompts,
 * those that come from the cache included; `usd` is null with a model whose price is not known.
 */
export interface Rehearsal {
  readonly version: 1;
  readonly workflowName: string;
  readonly scriptPath: string;
  /** Of agents that name none. */
  readonly model: string;
  readonly concurrency: number;
  /** How often the script was played. */
  readonly plays: number;
  readonly agents: Range;
  /** Agents one after another on the longest chain. */
  readonly depth: Range;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  readonly usd: Range | null;
  /** Milliseconds on the wall. */
  readonly ms: Range;
  /** False: a play did not end by itself, and the upper ends say only where it was given up. */
  readonly bounded: boolean;
  readonly phases: readonly RehearsedPhase[];
  readonly basis: Basis;
  readonly findings: readonly Finding[];
  /** In plain words, one sentence each: what the ranges rest on and what they do not know. */
  readonly uncertainty: readonly string[];
}

export type RehearsalResult =
  | { readonly kind: 'rehearsed'; readonly rehearsal: Rehearsal }
  /** Nothing can be played: no such script, an error in its text, arguments that do not fit. One line each. */
  | { readonly kind: 'refused'; readonly errors: readonly string[] }
  /** There was no time for it. */
  | { readonly kind: 'unfinished' };
