import type { RepositoryProblem, RepositoryState } from '../workflow/worktrees.ts';
import { lastWords, NO_GIT, type Git, type GitResult } from './git.ts';

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

const INSIDE = '--is-inside-work-tree';
const PATHS = ['--git-dir', '--git-common-dir', '--show-toplevel', '--show-prefix'];
/** What git says of a top folder where there is a repository, but no checkout. */
const WITHOUT_FILES = /work tree/;

export async function locate(git: Git, cwd: string, signal?: AbortSignal): Promise<Located> {
  const ask = (...names: string[]) => git({ cwd, args: ['rev-parse', '--path-format=absolute', ...names] }, signal);
  // At every worktree of a run: so all in one go, as far as that says which line is which.
  const all = await ask(INSIDE, ...PATHS);
  if (all.kind === 'no-git') return { kind: 'no-git', message: NO_GIT };
  if (all.kind === 'failed') return WITHOUT_FILES.test(all.stderr) ? notAtHome(ask, cwd) : notLocated(cwd, all.stderr);
  const [inside, ...lines] = all.stdout.replace(/\n$/, '').split('\n');
  const place = lines.length === PATHS.length ? placeOf(lines) : await askedOneByOne(ask);
  if (place && inside === 'true') return { kind: 'located', place };
  return notAtHome(ask, cwd);
}

type Ask = (...names: string[]) => Promise<GitResult>;

/** Paths may have newlines in them, and rev-parse knows no -z. Null when there is no checkout here. */
async function askedOneByOne(ask: Ask): Promise<GitPlace | null> {
  const answers: string[] = [];
  for (const name of PATHS) {
    const answer = await ask(name);
    if (answer.kind !== 'ok') return null;
    answers.push(answer.stdout.replace(/\n$/, ''));
  }
  return placeOf(answers);
}

function placeOf([gitDir = '', commonDir = '', root = '', prefix = '']: readonly string[]): GitPlace | null {
  return gitDir === '' || commonDir === '' || root === '' ? null : { gitDir, commonDir, root, prefix };
}

/** Why there is no checkout. */
async function notAtHome(ask: Ask, cwd: string): Promise<RepositoryProblem> {
  const flags = await ask('--is-bare-repository', INSIDE);
  if (flags.kind === 'no-git') return { kind: 'no-git', message: NO_GIT };
  if (flags.kind === 'failed') return notLocated(cwd, flags.stderr);
  if (flags.stdout !== 'true\nfalse\n') return notLocated(cwd, 'inside the git folder itself');
  return {
    kind: 'bare',
    message: `${cwd} is a bare repository, without files. Choose a folder where it is checked out.`,
  };
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
