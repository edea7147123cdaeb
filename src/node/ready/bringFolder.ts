import { constants, symlinkSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Dirent } from 'node:fs';
import { throwIfAborted } from '../../base/abort.ts';
import { isInside } from '../platformShell.ts';

/** `clone`: a copy that shares its blocks; `copy`: a whole one; `link`: a folder of its own, of links to what is in it. */
export type Way = 'clone' | 'copy' | 'link';

/** Copies one file without copying its content; rejects where the file system cannot. */
export type CloneFile = (from: string, to: string) => Promise<void>;

export const cloneFile: CloneFile = (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);

export interface Bringing {
  /** Absolute, symlinks resolved. */
  readonly from: string;
  /** Absolute; nothing is there yet, and its folder is. */
  readonly to: string;
  /** The checkout that `from` lies in: a relative link to elsewhere in it leads to the same place of the worktree. */
  readonly checkout: string;
}

/** Up to here a copy is cheap, and better: nothing that is written into it is anybody else's. */
const SMALL_FILES = 2_000;
const SMALL_BYTES = 32 * 1024 * 1024;
const AT_ONCE = 32;

export async function wayFor(from: string, toFolder: string, clone: CloneFile): Promise<Way> {
  const { files, bytes, sample } = await measure(from);
  if (sample !== null && (await canClone(sample, toFolder, clone))) return 'clone';
  return files <= SMALL_FILES && bytes <= SMALL_BYTES ? 'copy' : 'link';
}

export async function bringFolder(bringing: Bringing, way: Way, clone: CloneFile, signal: AbortSignal): Promise<void> {
  if (way === 'link') return linkEntries(bringing, signal, true);
  return copyEntries(bringing, way === 'clone' ? clone : plainCopy, signal);
}

const plainCopy: CloneFile = (from, to) => copyFile(from, to, constants.COPYFILE_EXCL);

/** Looks no further than it has to. */
async function measure(folder: string): Promise<{ files: number; bytes: number; sample: string | null }> {
  const seen = { files: 0, bytes: 0, sample: null as string | null };
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      seen.files += 1;
      if (entry.isDirectory()) folders.push(path);
      if (entry.isFile()) {
        seen.sample ??= path;
        seen.bytes += (await lstat(path)).size;
      }
      if (seen.sample !== null && (seen.files > SMALL_FILES || seen.bytes > SMALL_BYTES)) return seen;
    }
  }
  return seen;
}

async function canClone(sample: string, toFolder: string, clone: CloneFile): Promise<boolean> {
  const probe = join(toFolder, '.dynamic-workflows-probe');
  try {
    if ((await stat(sample)).dev !== (await stat(toFolder)).dev) return false;
    await clone(sample, probe);
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true });
  }
}

async function copyEntries(bringing: Bringing, copy: CloneFile, signal: AbortSignal): Promise<void> {
  const { from, to } = bringing;
  await mkdir(to);
  await eachEntry(from, signal, async (entry) => {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) return copyLink(bringing, source, target);
    if (entry.isDirectory()) return copyEntries({ ...bringing, from: source, to: target }, copy, signal);
    // Sockets and pipes are of a process that has nothing to do here.
    if (entry.isFile()) await copy(source, target);
  });
}

/** What programs write while they run: every worktree has its own, empty at first. */
const CACHES = /^\.(?:cache|vite|vite-temp|parcel-cache|tmp)$/;
/** Folders that hold no package themselves, but packages or the links to their programs. */
const GROUPS = /^(?:@.+|\.bin)$/;
const MAX_COPIED_FILE = 8 * 1024 * 1024;

/**
 * The folder itself is the worktree's own, so that what replaces, adds or removes a package does so here alone, and a rule
 * such as `node_modules/` holds for it. Links of the folder to packages of the same repository (workspaces) lead to those
 * of the worktree: its tests must not run on the checkout's code.
 */
async function linkEntries(bringing: Bringing, signal: AbortSignal, isTop: boolean): Promise<void> {
  const { from, to } = bringing;
  await mkdir(to);
  await eachEntry(from, signal, async (entry) => {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) return copyLink(bringing, source, target);
    if (entry.isDirectory()) {
      if (isTop && CACHES.test(entry.name)) return;
      if (isTop && GROUPS.test(entry.name))
        return linkEntries({ ...bringing, from: source, to: target }, signal, false);
      // A thousand of them for each of a hundred worktrees: asynchronously each takes ten times as long.
      symlinkSync(source, target, 'junction');
      return;
    }
    if (!entry.isFile()) return;
    if ((await lstat(source)).size <= MAX_COPIED_FILE) await copyFile(source, target, constants.COPYFILE_EXCL);
    else await symlink(source, target);
  });
}

/** A relative one within the checkout as it is written, so that it leads to the worktree's; any other to where it leads now. */
async function copyLink({ checkout }: Bringing, source: string, target: string): Promise<void> {
  const text = await readlink(source);
  const leadsTo = resolve(dirname(source), text);
  await symlink(!isAbsolute(text) && isInside(checkout, leadsTo) ? text : leadsTo, target);
}

async function eachEntry(folder: string, signal: AbortSignal, body: (entry: Dirent) => Promise<void>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    throwIfAborted(signal);
    await Promise.all(entries.slice(from, from + AT_ONCE).map(body));
  }
}
