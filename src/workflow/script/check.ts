import type { JsonSchema } from '../../protocol/conversation.ts';
import type { Caps } from '../../protocol/run.ts';

/** Where in the script; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic extends Position {
  /** `info`: works, and could be better. */
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable: `W05-import`, `W02-meta-literal`. */
  readonly code: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** Where it ends, if it is known: the first place that is no longer part of it. */
  readonly endLine?: number;
  readonly endColumn?: number;
}

export interface PhaseMeta {
  readonly title: string;
  readonly detail?: string;
  readonly model?: string;
  /** Over all attempts of the run. */
  readonly caps?: Caps;
}

export interface Meta {
  readonly name: string;
  readonly description: string;
  readonly whenToUse?: string;
  readonly phases: readonly PhaseMeta[];
  readonly args?: JsonSchema;
}

/** A script that passed the static check: `body` is its text with `meta` blanked in place, so that lines hold (W02). */
export interface CheckedScript {
  readonly meta: Meta;
  readonly body: string;
  /** The file as it was read, without a BOM. */
  readonly source: string;
  readonly warnings: readonly Diagnostic[];
}

export type CheckResult =
  | { readonly ok: true; readonly script: CheckedScript }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };
