/**
 * True of what bubblewrap says when a mount went away between its look at the kernel's list and its binding of each, as other
 * agents' worktrees do at any time. What it was to run has not begun: it can be started again.
 */
export function neverBegan(exitCode: number | null, said: string): boolean {
  return exitCode === 1 && /^bwrap: Can't bind mount [^\n]*: No such file or directory\s*$/.test(said);
}

/** Of each command; a machine on which so many in a row meet that has another problem. */
export const STARTS = 8;
