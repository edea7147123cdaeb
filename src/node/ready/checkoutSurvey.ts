import { lstat, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expectOk, type Git } from '../git.ts';
import type { GitPlace } from '../gitPlace.ts';

/** What lies in a person's checkout beside its commit and belongs into worktrees; paths with slashes, from the top. */
export interface CheckoutSurvey {
  /** Folders of dependencies, those of workspaces too. */
  readonly dependencies: readonly string[];
  /** Ignored files that `.worktreeinclude` names, in order. */
  readonly included: readonly string[];
}

/** Where git has no better word for what belongs into a worktree: https://git-scm.com/docs/gitignore is its syntax. */
export const INCLUDE_FILE = '.worktreeinclude';

/** Patterns go to git as arguments, of which a system takes so many. */
const PATHS_A_CALL = 500;

/** Only what git ignores is looked at: what it tracks is in the commit, and what is neither is the person's choice. */
export async function surveyCheckout(
  git: Git,
  place: GitPlace,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<CheckoutSurvey> {
  const { root, gitDir } = place;
  const where = { cwd: root, gitDir, workTree: root };
  const list = async (args: readonly string[]): Promise<readonly string[]> => {
    const listed = await git({ ...where, args: ['ls-files', '-z', '--others', '--ignored', ...args] }, signal);
    return expectOk(listed, 'looking for ignored files')
      .split('\0')
      .filter((path) => path !== '');
  };
  const ignored = await list(['--exclude-standard', '--directory']);
  const dependencies: string[] = [];
  const others: string[] = [];
  for (const entry of ignored) {
    const path = entry.replace(/\/$/, '');
    if (isDependency(path, folders) && (await isFolder(join(root, path)))) dependencies.push(path);
    else others.push(entry);
  }
  const file = join(root, INCLUDE_FILE);
  if (others.length === 0 || !(await isRegular(file))) return { dependencies, included: [] };
  const included: string[] = [];
  for (let from = 0; from < others.length; from += PATHS_A_CALL) {
    const paths = others.slice(from, from + PATHS_A_CALL).map((path) => `:(top,literal)${path}`);
    included.push(...(await list([`--exclude-from=${file}`, '--', ...paths])));
  }
  return { dependencies, included };
}

/** By its name wherever it is, or by its path where the setting has one. */
function isDependency(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => (folder.includes('/') ? path === folder : basename(path) === folder));
}

/** Also a link to one: a checkout that is a worktree itself may have it so. */
function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

function isRegular(path: string): Promise<boolean> {
  return lstat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
