import type { SourceLocation } from 'acorn';
import type { Diagnostic } from '../check.ts';
import type { Source } from './source.ts';

export interface Found {
  /** A node, or another stretch of the text. */
  readonly at: { readonly loc?: SourceLocation | null | undefined };
  readonly message: string;
}

/** One kind of mistake that can be seen without running the script. */
export interface Rule {
  /** Stable; begins with the row of the script contract that it is about. */
  readonly code: string;
  readonly severity: Exclude<Diagnostic['severity'], 'error'>;
  /** One sentence for the reference: what it finds. */
  readonly doc: string;
  /** Reports what is clearly wrong, and stays silent where it cannot tell. */
  readonly find: (source: Source) => Iterable<Found>;
}
