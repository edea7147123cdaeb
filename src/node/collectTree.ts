import { expectOk, type Git, type GitResult } from './git.ts';
import { treeOf, type GitWhere } from './gitCommits.ts';
import { HALF_WRITTEN_GLOB } from './halfWritten.ts';

export interface Collecting {
  /** An index of the caller's own, a copy of the one that the files were written by; it is changed. */
  readonly index: string;
  readonly base: string;
  /** Paths, with slashes from the top, that are left as the base has them, whatever lies there and whoever staged it. */
  readonly except?: readonly string[];
  /** For an error: what this is done for. */
  readonly doing: string;
}

/**
 * The tree of all that lies in a work tree, is not ignored, and is no file that we were about to put in place; null when
 * it is the base's.
 */
export async function collectTree(
  git: Git,
  where: GitWhere,
  { index, base, except = [], doing }: Collecting,
  signal?: AbortSignal,
): Promise<string | null> {
  const attempt = (args: string[], input?: string): Promise<GitResult> =>
    git({ ...where, indexFile: index, args, ...(input === undefined ? {} : { input }) }, signal);
  const run = async (args: string[], input?: string): Promise<string> => expectOk(await attempt(args, input), doing);
  const addAllBut = (outside: readonly string[]): Promise<GitResult> =>
    attempt(
      ['add', '--all', '--sparse', '--pathspec-from-file=-', '--pathspec-file-nul'],
      `:(top)\0:(top,exclude,glob)${HALF_WRITTEN_GLOB}\0${outside.map((path) => `:(top,exclude,literal)${path}\0`).join('')}`,
    );
  // Git would look into a nested repository by that repository's own configuration, which is the agent's: keep out.
  const outside = [
    ...gitlinks(await run(['ls-files', '--stage', '-z'])),
    ...(await notIgnored(except, attempt, doing)),
  ];
  if ((await addAllBut(outside)).kind !== 'ok') {
    // A nested repository without a commit fails the whole of `add`, and only a second look can name it.
    const nested = nestedRepositories(await run(['ls-files', '--others', '--exclude-standard', '-z']));
    expectOk(await addAllBut([...outside, ...nested]), doing);
  }
  const compared = ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--ignore-submodules=none'];
  const changed = expectOk(await git({ ...where, indexFile: index, args: compared, revisions: [base] }, signal), doing);
  if (changed === '') return null;
  const added = newGitlinks(changed);
  if (added.length === 0) return (await run(['write-tree'])).trim();
  await run(['update-index', '-z', '--force-remove', '--stdin'], added.map((path) => `${path}\0`).join(''));
  const tree = (await run(['write-tree'])).trim();
  return tree === (await treeOf(git, where, base, signal)) ? null : tree;
}

/**
 * Those that a rule does not keep out by itself. To exclude the others as well would be an error to git, which takes a
 * path that is named for one that somebody wants to add.
 */
async function notIgnored(
  paths: readonly string[],
  attempt: (args: string[], input: string) => Promise<GitResult>,
  doing: string,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const asked = await attempt(['check-ignore', '-z', '--stdin'], paths.map((path) => `./${path}\0`).join(''));
  // Its exit code is 1 when none is ignored.
  if (asked.kind === 'failed' && asked.exitCode === 1) return paths;
  const ignored = new Set(expectOk(asked, doing).split('\0'));
  return paths.filter((path) => !ignored.has(`./${path}`));
}

/** `mode oid stage TAB path` NUL; mode 160000 is a commit of another repository. */
export function gitlinks(stdout: string): string[] {
  return stdout
    .split('\0')
    .flatMap((entry) => (entry.startsWith('160000 ') ? [entry.slice(entry.indexOf('\t') + 1)] : []));
}

/** Path NUL; git lists a repository as one folder, with a slash at its end, and every other folder by its files. */
function nestedRepositories(stdout: string): string[] {
  return stdout.split('\0').flatMap((path) => (path.endsWith('/') ? [path.slice(0, -1)] : []));
}

/** `:mode mode oid oid S` NUL path NUL. Not those that only stand elsewhere: a person may have moved a submodule on. */
function newGitlinks(stdout: string): string[] {
  const fields = stdout.split('\0');
  return fields.filter((_, i) => i % 2 === 1 && /^:(?!160000)\d+ 160000 /.test(fields[i - 1] ?? ''));
}
