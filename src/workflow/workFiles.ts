/** A file as a commit has it. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  /** The commit has no such file. */
  | { readonly kind: 'absent' }
  /** It is no text, or too large, or cannot be told. */
  | { readonly kind: 'unreadable' };

/** Single text files, where the runtime itself has to look at one or to put one. Paths count from the top. */
export interface WorkFiles {
  /** From git's objects, whatever lies in a worktree. */
  at(cwd: string, commit: string, path: string): Promise<FileText>;
  /** Of a worktree at `root`; null: there is no text of at most `maxBytes` at that path, or the way leads out. */
  read(root: string, path: string, maxBytes: number): Promise<string | null>;
  /**
   * Makes a file of a worktree. `there`: something is at that path, and stays as it is; `refused`: the way leads out, or to
   * what git and the editor go by.
   */
  add(root: string, path: string, text: string): Promise<'added' | 'there' | 'refused'>;
  /** The same in the place of whatever file or link is there. */
  put(root: string, path: string, text: string): Promise<'put' | 'refused'>;
}
