import { mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { slug } from '../workflow/names.ts';
import type { GitPlace } from './gitPlace.ts';
import { sha256 } from './ids.ts';

/** Where a worktree lies; absolute, symlinks resolved. */
export interface WorktreePlace {
  readonly path: string;
  /** The last part of `path`: what was asked for, made fit for a file and a ref. */
  readonly name: string;
  /** Folders of one run, and what waits for its deletion. */
  readonly runFolder: string;
  readonly trash: string;
}

export async function placeWorktree(
  home: string,
  place: GitPlace,
  { runId, name }: { readonly runId: string; readonly name: string },
): Promise<WorktreePlace> {
  const all = join(home, 'worktrees');
  await mkdir(all, { recursive: true, mode: 0o700 });
  const project = join(await realpath(all), projectName(place.commonDir));
  const runFolder = join(project, safeName(runId));
  for (const checkout of [place.root, ...mainCheckout(place.commonDir)]) {
    if (isWithin(project, checkout)) {
      throw new Error(
        `Worktrees would lie inside the checkout ${checkout}. Set DYNAMIC_WORKFLOWS_HOME to a folder outside of it.`,
      );
    }
  }
  const safe = safeName(name);
  return { path: join(runFolder, safe), name: safe, runFolder, trash: join(project, '.trash') };
}

/** What all processes lock that change the repository's list of worktrees. */
export const lockFile = (commonDir: string): string => join(commonDir, 'dynamic-workflows.lock');

/** The same folder in a worktree as `prefix` is in the checkout; the top where there is none, or a way out of it. */
export async function folderWithin(path: string, prefix: string): Promise<string> {
  const folder = await realpath(join(path, prefix)).catch(() => path);
  return isWithin(folder, path) && (await stat(folder)).isDirectory() ? folder : path;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Readable, and different for two repositories of the same name. */
function projectName(commonDir: string): string {
  const [main = commonDir] = mainCheckout(commonDir);
  return `${slug(basename(main))}-${sha256(commonDir).slice(0, 10)}`;
}

function mainCheckout(commonDir: string): string[] {
  return basename(commonDir) === '.git' ? [dirname(commonDir)] : [];
}

/** Equal for equal names only, and fit for a file on any system and for a part of a ref. */
function safeName(name: string): string {
  return /^[a-z0-9]+(-+[a-z0-9]+)*$/.test(name) && name.length <= 80
    ? name
    : `${slug(name)}-${sha256(name).slice(0, 8)}`;
}
