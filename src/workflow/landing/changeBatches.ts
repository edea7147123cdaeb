/** A file as a tree holds it; mode 160000 is a commit of another repository. */
export interface FileEntry {
  readonly mode: string;
  readonly oid: string;
}

/** A path on which two trees differ, from the top of the repository; null where a side has none. A rename is two of them. */
export interface TreeEntry {
  readonly path: string;
  readonly before: FileEntry | null;
  readonly after: FileEntry | null;
}

/** Two commits to compare. */
export interface CommitPair {
  readonly from: string;
  readonly to: string;
}

/** A commit to be made on top of the one before it: by a whole tree, or by what differs from it. */
export type CommitStep = { readonly message: string } & (
  { readonly tree: string } | { readonly entries: readonly TreeEntry[] }
);

/** A commit of the integration branch, and the commits of the changes that came in with it. */
export interface LandedCommit {
  readonly commit: string;
  readonly brings: readonly string[];
}

export interface SignedCommits {
  readonly commits: readonly string[];
  /** Why they are not signed after all. */
  readonly unsigned?: string;
}

/** The part of a repository by which many changes land at once: objects alone, and no ref moves. */
export interface ChangeBatches {
  /** What differs, for each pair in its order. */
  entriesBetween(cwd: string, pairs: readonly CommitPair[]): Promise<readonly (readonly TreeEntry[])[]>;
  /** One commit a step, the first of them on `onto`. */
  commitSteps(cwd: string, onto: string, steps: readonly CommitStep[]): Promise<readonly string[]>;
  /**
   * The same commits with a person's signature, each on the one before it and the first on `onto`: all of them, or none, with
   * the reason. Absent: nobody wants it.
   */
  readonly sign?: (
    cwd: string,
    onto: string,
    commits: readonly string[],
    signal: AbortSignal,
  ) => Promise<SignedCommits>;
  /** The commits from `base` (not included) to `tip`, the newest first, as their messages tell (see `landingMessage`). */
  landedOn(cwd: string, base: string, tip: string): Promise<readonly LandedCommit[]>;
}
