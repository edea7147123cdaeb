import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { gitlinks } from '../collectTree.ts';
import { expectOk, type Git } from '../git.ts';
import { gitFolderNamedIn } from '../gitLease.ts';
import type { GitPlace } from '../gitPlace.ts';
import { isInside } from '../platformShell.ts';

/** Of submodules within submodules. */
const MAX_DEPTH = 5;

interface Level {
  /** The person's checkout, and the same folder of the worktree. */
  readonly checkout: string;
  readonly worktree: string;
  /** Where the git folders of its submodules may be. */
  readonly modules: string;
  /** For people: the way here, with a slash at its end. */
  readonly shown: string;
  readonly depth: number;
}

export interface FilledSubmodule {
  /** For people. */
  readonly shown: string;
  readonly worktree: string;
  readonly gitDir: string;
  /** As its files were written. */
  readonly indexFile: string;
}

export interface FilledSubmodules {
  readonly filled: readonly FilledSubmodule[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

/**
 * Writes the files of submodules into a fresh worktree, from what the person's checkout has of them: nothing is fetched.
 * They are files alone, without git's own, so that nothing an agent does there reaches the submodule's repository.
 */
export async function fillSubmodules(
  git: Git,
  place: GitPlace,
  { worktree, adminDir }: { readonly worktree: string; readonly adminDir: string },
  signal: AbortSignal,
): Promise<FilledSubmodules> {
  // Without this file a commit has none that could be found.
  if (!(await isFile(join(worktree, '.gitmodules')))) return { filled: [], notes: [] };
  const filler = new Filler(git, adminDir, signal);
  const where = { cwd: worktree, gitDir: adminDir, workTree: worktree };
  const listed = expectOk(await git({ ...where, args: ['ls-files', '--stage', '-z'] }, signal), 'listing submodules');
  const modules = join(place.commonDir, 'modules');
  await filler.fill(listed, { checkout: place.root, worktree, modules, shown: '', depth: 0 });
  return { filled: filler.filled, notes: filler.notes() };
}

class Filler {
  readonly #git: Git;
  readonly #adminDir: string;
  readonly #signal: AbortSignal;
  readonly filled: FilledSubmodule[] = [];
  readonly #empty: string[] = [];
  #count = 0;

  constructor(git: Git, adminDir: string, signal: AbortSignal) {
    this.#git = git;
    this.#adminDir = adminDir;
    this.#signal = signal;
  }

  /** `listed`: what `ls-files --stage -z` says of the level's index. */
  async fill(listed: string, level: Level): Promise<void> {
    const commits = new Map(listed.split('\0').map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry]));
    for (const path of gitlinks(listed)) {
      const [, commit = ''] = commits.get(path)?.split(' ') ?? [];
      const shown = `${level.shown}${path}`;
      const target = join(level.worktree, path);
      const isFilled =
        level.depth < MAX_DEPTH && (await isEmptyFolder(target)) && (await this.#one(path, commit, level));
      if (!isFilled) this.#empty.push(shown);
    }
  }

  async #one(path: string, commit: string, level: Level): Promise<boolean> {
    const [checkout, worktree] = [join(level.checkout, path), join(level.worktree, path)];
    const gitDir = await this.#gitDirOf(path, checkout, level);
    if (gitDir === null) return false;
    const where = { cwd: worktree, gitDir, workTree: worktree };
    const call = { ...where, args: ['cat-file', '-e'], revisions: [`${commit}^{commit}`] };
    const known = await this.#git(call, this.#signal);
    if (known.kind !== 'ok') return false;
    const indexFile = join(this.#adminDir, `dynamic-workflows-module-${(this.#count += 1)}`);
    const fill = { ...where, indexFile, args: ['read-tree', '-m', '-u'], revisions: [commit] };
    const read = await this.#git(fill, this.#signal);
    expectOk(read, `writing the files of the submodule ${level.shown}${path}`);
    this.filled.push({ shown: `${level.shown}${path}`, worktree, gitDir, indexFile });
    if (!(await isFile(join(worktree, '.gitmodules')))) return true;
    const listed = await this.#git({ ...where, indexFile, args: ['ls-files', '--stage', '-z'] }, this.#signal);
    const below = { checkout, worktree, modules: join(gitDir, 'modules'), shown: `${level.shown}${path}/` };
    await this.fill(expectOk(listed, 'listing submodules'), { ...below, depth: level.depth + 1 });
    return true;
  }

  /** By the submodule's own checkout, else by its name among those that were cloned once. */
  async #gitDirOf(path: string, checkout: string, level: Level): Promise<string | null> {
    const dotGit = join(checkout, '.git');
    const info = await lstat(dotGit).catch(() => null);
    if (info?.isDirectory()) return realpath(dotGit);
    if (info?.isFile()) return gitFolderNamedIn(dotGit);
    const name = await this.#nameOf(path, level.worktree);
    if (name === null || name.split('/').includes('..')) return null;
    const modules = await realpath(level.modules).catch(() => null);
    const named = modules && (await realpath(join(modules, name)).catch(() => null));
    return modules && named && named !== modules && isInside(modules, named) ? named : null;
  }

  async #nameOf(path: string, worktree: string): Promise<string | null> {
    const args = ['config', '--file', join(worktree, '.gitmodules'), '-z', '--get-regexp', '^submodule\\..*\\.path$'];
    const listed = await this.#git({ cwd: worktree, gitDir: this.#adminDir, args }, this.#signal);
    if (listed.kind !== 'ok') return null;
    for (const entry of listed.stdout.split('\0')) {
      const [key = '', value] = entry.split('\n');
      if (value === path) return key.slice('submodule.'.length, -'.path'.length);
    }
    return null;
  }

  notes(): readonly string[] {
    const [filled, empty] = [this.filled.map(({ shown }) => shown), this.#empty];
    return [
      ...(filled.length === 0
        ? []
        : [`Of submodules (${list(filled)}) worktrees have the files alone: what is changed there is not committed.`]),
      ...(empty.length === 0
        ? []
        : [
            `Submodules that are empty in worktrees, since your checkout does not have their commits: ${list(empty)}. To fill them: git submodule update --init --recursive`,
          ]),
    ];
  }
}

const MAX_LISTED = 5;

function list(paths: readonly string[]): string {
  const more = paths.length - MAX_LISTED;
  return `${paths.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A real one: a link that a commit has put there leads elsewhere. */
async function isEmptyFolder(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => null);
  return info?.isDirectory() === true && (await realpath(path)) === path && (await readdir(path)).length === 0;
}

function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
