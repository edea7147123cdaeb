import type { Forecast, Range } from '../../protocol/forecast.ts';
import type { Diagnostic } from '../script/check.ts';

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
 * What a run of a script is going to take, found by playing it with made-up answers (X08); `dwf rehearse --json` prints it.
 */
export interface Rehearsal extends Forecast {
  readonly version: 1;
  readonly workflowName: string;
  readonly scriptPath: string;
  /** Of agents that name none. */
  readonly model: string;
  readonly concurrency: number;
  /** How often the script was played. */
  readonly plays: number;
  /** Agents one after another on the longest chain. */
  readonly depth: Range;
  /** Of prompts, those that come from the cache included. */
  readonly inputTokens: Range;
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
