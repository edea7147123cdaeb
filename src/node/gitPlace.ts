import type { RepositoryProblem, RepositoryState } from '../workflow/worktrees.ts';
import { lastWords, NO_GIT, type Git } from './git.ts';

/** Where a folder stands in its repository; all absolute, symlinks resolved. */
export interface GitPlace {
  /** Of this checkout: `.git`, or a linked worktree's own folder in it. */
  readonly gitDir: string;
  /** What all worktrees of the repository share. */
  readonly commonDir: string;
  /** The checkout's top folder. */
  readonly root: string;
  /** The folder below `root`, with a slash at its end; empty at the top. */
  readonly prefix: string;
}

export type Located = { readonly kind: 'located'; readonly place: GitPlace } | RepositoryProblem;

export async function locate(git: Git, cwd: string, signal?: AbortSignal): Promise<Located> {
  const ask = async (...names: string[]): Promise<string | Located> => {
    const result = await git({ cwd, args: ['rev-parse', '--path-format=absolute', ...names] }, signal);
    if (result.kind === 'ok') return result.stdout.replace(/\n$/, '');
    return result.kind === 'no-git' ? { kind: 'no-git', message: NO_GIT } : notLocated(cwd, result.stderr);
  };
  const flags = await ask('--is-bare-repository', '--is-inside-work-tree');
  if (typeof flags !== 'string') return flags;
  if (flags === 'true\nfalse') {
    return {
      kind: 'bare',
      message: `${cwd} is a bare repository, without files. Choose a folder where it is checked out.`,
    };
  }
  if (!flags.endsWith('true')) return notLocated(cwd, 'inside the git folder itself');
  // One question each: paths may have newlines in them, and rev-parse knows no -z.
  const answers = await Promise.all(
    ['--git-dir', '--git-common-dir', '--show-toplevel', '--show-prefix'].map((name) => ask(name)),
  );
  const [gitDir, commonDir, root, prefix] = answers;
  for (const answer of answers) if (typeof answer !== 'string') return answer;
  if (
    typeof gitDir !== 'string' ||
    typeof commonDir !== 'string' ||
    typeof root !== 'string' ||
    typeof prefix !== 'string'
  ) {
    throw new Error('rev-parse gave fewer answers than there were questions');
  }
  return { kind: 'located', place: { gitDir, commonDir, root, prefix } };
}

/** What `cwd` is, as a base for worktrees; nothing in it is touched, not even the index's time stamps. */
export async function inspect(git: Git, cwd: string): Promise<RepositoryState> {
  const located = await locate(git, cwd);
  if (located.kind !== 'located') return located;
  const { root } = located.place;
  const args = ['status', '--porcelain=v2', '-z', '--branch', '--untracked-files=all', '--ignore-submodules=dirty'];
  const status = await git({ cwd: root, args });
  if (status.kind === 'no-git') return { kind: 'no-git', message: NO_GIT };
  if (status.kind === 'failed') return notLocated(cwd, status.stderr);
  const { commit, branch, dirtyFiles } = parseStatus(status.stdout);
  if (commit === null) {
    return {
      kind: 'no-commit',
      message: `The repository ${root} has no commit yet. Commit once, so that worktrees have something to start from.`,
    };
  }
  return { kind: 'ready', root, base: { commit, ...(branch === null ? {} : { branch }), dirtyFiles } };
}

function notLocated(cwd: string, stderr: string): RepositoryProblem {
  if (stderr.includes('not a git repository')) {
    return {
      kind: 'no-repository',
      message: `${cwd} is not in a git repository. Run \`git init\` and commit once, or choose a folder that is in one.`,
    };
  }
  if (stderr.includes('dubious ownership')) {
    return {
      kind: 'no-repository',
      message: `Git does not trust ${cwd}, which belongs to somebody else. If you do: git config --global --add safe.directory '${cwd}'`,
    };
  }
  return {
    kind: 'no-repository',
    message: `${cwd} cannot be used as a git repository: ${lastWords(stderr)}. Choose another folder.`,
  };
}

/** Status in its second porcelain version with -z: headers and entries end with NUL, a rename has one field more. */
export function parseStatus(stdout: string): { commit: string | null; branch: string | null; dirtyFiles: number } {
  let commit: string | null = null;
  let branch: string | null = null;
  let dirtyFiles = 0;
  const fields = stdout.split('\0');
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? '';
    const oid = /^# branch\.oid ([0-9a-f]+)$/.exec(field)?.[1];
    if (oid !== undefined) commit = oid;
    const head = /^# branch\.head (.+)$/s.exec(field)?.[1];
    if (head !== undefined && head !== '(detached)') branch = head;
    if (/^[12u?] /.test(field)) dirtyFiles++;
    if (field.startsWith('2 ')) i++;
  }
  return { commit, branch, dirtyFiles };
}
