/** The files of a person's checkout as they were before each turn of a session, and the way back to them. */
export interface Checkpoints {
  /**
   * Keeps what is there and not ignored, as a commit that nothing but the session's own ref names; the person's files,
   * index, branch and stash stay as they are. Null where nothing can be kept: no repository, or no commit in it. Rejects on
   * abort, and with what git says.
   */
  keep(cwd: string, turn: TurnOfSession, signal: AbortSignal): Promise<string | null>;
  /** The paths that going back to such a commit would write, change or delete. Rejects as `keep` does. */
  pathsSince(cwd: string, commit: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Brings them back: all or none. What was there goes into the session's folder, for `undo`. Rejects on abort only. */
  restore(
    cwd: string,
    back: { readonly session: KeptSession; readonly commit: string },
    signal: AbortSignal,
  ): Promise<Restored>;
  /** Takes back the last `restore` that stands, unless somebody has changed one of its files since. */
  undo(session: KeptSession, signal: AbortSignal): Promise<Restored>;
}

export interface TurnOfSession {
  readonly sessionId: string;
  /** From 1, over all openings of the session. */
  readonly number: number;
}

export interface KeptSession {
  readonly runId: string;
  readonly dir: string;
}

export type Restored =
  | { readonly kind: 'restored'; readonly paths: readonly string[] }
  /** There is nothing to do. */
  | { readonly kind: 'nothing' }
  /** `message` is a sentence for the person. */
  | { readonly kind: 'failed'; readonly message: string };
