/** A workflow file as it was found; `origin` says where, nearest first. */
export interface WorkflowFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly origin: 'project' | 'personal' | 'shipped' | 'file';
}

export type Found =
  | { readonly kind: 'found'; readonly file: WorkflowFile }
  /** `message` says what was looked for, where, and which names there are. */
  | { readonly kind: 'missing'; readonly message: string };

/** Where saved workflows are looked up: the project's, the person's, then the shipped ones (W40). */
export interface WorkflowLibrary {
  byName(name: string, cwd: string): Promise<Found>;
  /** `path` may be relative to `cwd`. */
  byPath(path: string, cwd: string): Promise<Found>;
  /** All that `byName` finds, sorted. */
  names(cwd: string): Promise<readonly string[]>;
}
