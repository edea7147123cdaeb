import type { PermissionMode } from '../protocol/run.ts';

/** What an agent may do, from its run, its type and whoever started it. */
export interface Permits {
  readonly mode: PermissionMode;
  /** It gets tools that only read, whatever its mode. */
  readonly readOnly: boolean;
}

/** From the narrowest: what one of them lets pass without a question, the next does as well. */
const WIDENING: readonly PermissionMode[] = ['dontAsk', 'default', 'acceptEdits', 'bypass'];

/**
 * Both at once: a type may take from what its run permits, and never add to it. `plan` and `dontAsk` are no more or less
 * than each other: the one asks and reads, the other does not ask; both together read and do not ask.
 */
export function narrowed({ mode, readOnly }: Permits, by: Partial<Permits>): Permits {
  const other = by.mode ?? mode;
  const planOnly = mode === 'plan' || other === 'plan';
  const unasked = mode === 'dontAsk' || other === 'dontAsk';
  return {
    mode: planOnly ? (unasked ? 'dontAsk' : 'plan') : narrower(mode, other),
    readOnly: readOnly || by.readOnly === true || (planOnly && unasked),
  };
}

function narrower(a: PermissionMode, b: PermissionMode): PermissionMode {
  return WIDENING.indexOf(a) <= WIDENING.indexOf(b) ? a : b;
}
