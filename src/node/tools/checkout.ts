import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** How the paths of an agent's folder and those that an editor knows belong together. */
export interface Checkout {
  /** Of a worktree: the repository's main checkout; else the folder itself. */
  readonly main: string;
  readonly isWorktree: boolean;
  toMain(path: string): string;
  fromMain(path: string): string;
}

/** By the file that git leaves in a worktree: https://git-scm.com/docs/gitrepository-layout */
export async function checkoutOf(root: string): Promise<Checkout> {
  const text = await readFile(await gitFileOf(root), 'utf8').catch(() => '');
  const [, gitDir] = /^gitdir: (.+)$/m.exec(text) ?? [];
  const [, common] =
    gitDir === undefined ? [] : (/^(.*)[\\/]\.git[\\/]worktrees[\\/][^\\/]+$/.exec(resolve(root, gitDir)) ?? []);
  if (common === undefined) return { main: root, isWorktree: false, toMain: (path) => path, fromMain: (path) => path };
  const tree = dirname(await gitFileOf(root));
  return {
    main: common,
    isWorktree: true,
    toMain: (path) => moved(path, tree, common),
    fromMain: (path) => moved(path, common, tree),
  };
}

/** `.git` of the nearest folder that has one as a file; an agent may begin below its worktree's top. */
async function gitFileOf(root: string): Promise<string> {
  for (let folder = root; ; folder = dirname(folder)) {
    const file = join(folder, '.git');
    if ((await readFile(file, 'utf8').catch(() => null)) !== null || dirname(folder) === folder) return file;
  }
}

function moved(path: string, from: string, to: string): string {
  const inside = relative(from, path);
  return inside === '..' || inside.startsWith(`..${sep}`) ? path : join(to, inside);
}
