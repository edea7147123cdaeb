/** How changes are committed, as the person wants it: never what a workspace says. */
export interface CommitSettings {
  /** By the key and program of the person's own git configuration. */
  readonly sign: boolean;
  /** `pre-commit` and `commit-msg` of the repository, as commands in the worktree. */
  readonly runHooks: boolean;
  /** Absent: as git knows the person. */
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

export const DEFAULT_COMMITS: CommitSettings = { sign: false, runHooks: false };

/** For whoever starts a run, a line; null where all is as ever. */
export function commitsText({ sign, runHooks, name, email }: CommitSettings): string | null {
  const author = [...(name ? [name] : []), ...(email ? [`<${email}>`] : [])].join(' ');
  const said = [
    ...(author === '' ? [] : [`by ${author}`]),
    ...(sign ? ['signed, or unsigned with a warning where that fails'] : []),
    ...(runHooks ? ["after the repository's hooks pre-commit and commit-msg"] : []),
  ];
  return said.length === 0 ? null : `Commits: ${said.join('; ')}`;
}
