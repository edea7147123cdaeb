import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort } from '../../base/abort.ts';
import type { Git, GitCall } from '../git.ts';
import { expectOk } from '../git.ts';
import { gitlinks } from '../collectTree.ts';
import { copyIndex, savedIndex, type OwnWorktree } from '../gitLease.ts';
import { isInUse } from './processesIn.ts';
import { saveIndex } from './savedIndex.ts';
import type { Spare } from './spares.ts';
import type { Trash } from './trash.ts';

/**
 * Puts a spare's folder in the place of the empty one of a fresh worktree, as clean as if git had just written it; false
 * when it cannot be made so, and then the empty one is there again. Git's records are the fresh ones, so nothing of an
 * earlier agent's branch, index or configuration is in them; the folder is an agent's, and nothing in it is believed.
 */
export async function renewSpare(
  { git, trash }: { readonly git: Git; readonly trash: Trash },
  spare: Spare,
  own: OwnWorktree,
  signal: AbortSignal,
): Promise<boolean> {
  const empty = `${spare.folder}.empty`;
  let replaced = false;
  try {
    if (!(await isHarmless(spare.folder)) || (await isInUse(spare.folder))) return false;
    await rm(join(spare.folder, '.git'));
    await writeFile(join(spare.folder, '.git'), await readFile(join(own.path, '.git')), { flag: 'wx' });
    await rename(own.path, empty);
    replaced = true;
    await rename(spare.folder, own.path);
    await copyIndex(savedIndex(spare.adminDir), join(own.adminDir, 'index'));
    if (await makeClean(git, own, signal)) {
      await saveIndex(own.adminDir);
      replaced = false;
      return true;
    }
    return false;
  } catch (error) {
    if (isAbort(error)) throw error;
    return false;
  } finally {
    if (replaced) {
      await rename(own.path, spare.folder);
      await rename(empty, own.path);
      await rm(join(own.adminDir, 'index'), { force: true });
    }
    for (const rest of [spare.folder, spare.adminDir, empty]) trash.later(rest, () => trash.remove(rest));
  }
}

/** All that git compares, strictly, whatever the person has configured. */
const STRICT = ['-c', 'core.checkStat=default', '-c', 'core.trustctime=true', '-c', 'core.fileMode=true'];

async function makeClean(git: Git, { path, adminDir }: OwnWorktree, signal: AbortSignal): Promise<boolean> {
  const run = async (...args: string[]): Promise<string> => {
    const call: GitCall = { cwd: path, gitDir: adminDir, workTree: path, args: [...STRICT, ...args] };
    return expectOk(await git(call, signal), 'cleaning a worktree');
  };
  // What lies in the folder of a submodule is hidden from all of this.
  if (gitlinks(await run('ls-files', '--stage', '-z')).length > 0) return false;
  await run('read-tree', '--reset', '-u', '--no-recurse-submodules', 'HEAD');
  await run('clean', '-ffdxq');
  return (await run('status', '--porcelain', '--ignored', '--untracked-files=all')) === '';
}

/**
 * No repository within, no folder that an agent has protected or opened, no file that has another name elsewhere: git
 * would leave these as they are.
 */
async function isHarmless(folder: string): Promise<boolean> {
  const top = await lstat(folder);
  const dotGit = await lstat(join(folder, '.git'));
  if (!top.isDirectory() || !dotGit.isFile()) return false;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      const problem = entry.name === '.git' ? next !== folder : !isPlain(entry, path, top.mode);
      if (problem) return false;
      if (entry.isDirectory()) folders.push(path);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return true;
}

function isPlain(entry: Dirent, path: string, folderMode: number): boolean {
  const { mode, nlink } = lstatSync(path);
  if (entry.isDirectory()) return mode === folderMode;
  return entry.isSymbolicLink() || (entry.isFile() && nlink === 1);
}
