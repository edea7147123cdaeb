import { randomBytes } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { isMissing } from './errno.ts';
import { halfWrittenBeside } from './halfWritten.ts';

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/**
 * A path as a model writes it (relative to `root`, absolute, or with `~/`) as the absolute path it really leads to. Of a
 * file that does not exist yet the existing part is resolved, a link that leads to nothing included. Rejects as the
 * system does when the way there is not readable or links go round in circles.
 */
export async function resolvePath(root: string, path: string): Promise<string> {
  const expanded = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
  return resolveReal(isAbsolute(expanded) ? resolve(expanded) : resolve(root, expanded), MAX_LINKS);
}

async function resolveReal(path: string, linksLeft: number): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
  }
  const parent = await resolveReal(dirname(path), linksLeft);
  const here = join(parent, basename(path));
  const target = await linkTarget(here);
  if (target === null) return here;
  if (linksLeft === 0) throw new Error(`Too many symbolic links on the way to ${path}`);
  return resolveReal(resolve(parent, target), linksLeft - 1);
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Tells one state of a file from another. */
export type FileVersion = string;

export function versionOf(stat: BigIntStats): FileVersion {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

export interface OpenFile {
  readonly kind: 'file';
  readonly handle: FileHandle;
  readonly stat: BigIntStats;
}

export type Opened =
  | OpenFile
  | { readonly kind: 'missing' }
  | { readonly kind: 'folder' }
  /** A pipe, socket or device, or a link where a resolved path has none: reading it may never end, or lead elsewhere. */
  | { readonly kind: 'special' };

/** Lends an open regular file to `body`; `path` is resolved already, so that no link is followed, and nothing waits for a pipe. */
export async function withFile<T>(path: string, body: (opened: Opened) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return body({ kind: 'missing' });
    if (await isSpecial(path)) return body({ kind: 'special' });
    throw error;
  }
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) return await body({ kind: 'file', handle, stat });
    return await body({ kind: stat.isDirectory() ? 'folder' : 'special' });
  } finally {
    await handle.close();
  }
}

/** The first `max` bytes of a file, or all of it. */
export async function readBytes(handle: FileHandle, max: number): Promise<Buffer<ArrayBuffer>> {
  const buffer = Buffer.alloc(max);
  let filled = 0;
  while (filled < max) {
    const { bytesRead } = await handle.read(buffer, filled, max - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** What cannot even be opened for reading, such as a socket. */
async function isSpecial(path: string): Promise<boolean> {
  const stat = await lstat(path);
  return !stat.isFile() && !stat.isDirectory();
}

export interface Replacing {
  /** Null: what the system gives a new file. */
  readonly mode: number | null;
  /** The state in which the file was judged; null: there was none. */
  readonly before: FileVersion | null;
}

/**
 * Puts `content` in the place of `path` in one step, its folders made where they are missing; returns the new version.
 * Null, and nothing written, when the file is in another state than before, or the way to it leads elsewhere by now.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, before }: Replacing,
): Promise<FileVersion | null> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  return withFolder(folder, async (anchor) => {
    const place = join(anchor, basename(path));
    const temporary = halfWrittenBeside(place, randomBytes(6).toString('hex'));
    let written = false;
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(content);
        if (mode !== null) await handle.chmod(mode);
      } finally {
        await handle.close();
      }
      if ((await versionAt(place)) !== before) return null;
      await rename(temporary, place);
      written = true;
    } finally {
      if (!written) await rm(temporary, { force: true });
    }
    return versionAt(place);
  });
}

/** Of what stands there itself, also of a link; null: nothing. */
export async function versionAt(path: string): Promise<FileVersion | null> {
  try {
    return versionOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Lends a path of the folder that goes on meaning this folder when a link takes the place of one above it; null when one
 * has done so already. Where the system has no such path it is the folder's own.
 */
async function withFolder<T>(folder: string, body: (anchor: string) => Promise<T>): Promise<T | null> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    () => null,
  );
  try {
    const anchor = `/proc/self/fd/${handle?.fd}`;
    const held = handle === null ? null : await readlink(anchor).catch(() => null);
    if (held !== null) return held === folder ? await body(anchor) : null;
    return (await realpath(folder)) === folder ? await body(folder) : null;
  } finally {
    await handle?.close();
  }
}

/** Names beside a missing path that look like it, best first, at most three. */
export async function similarNames(path: string): Promise<readonly string[]> {
  const wanted = basename(path).toLowerCase();
  let names: readonly string[];
  try {
    names = await readdir(dirname(path));
  } catch {
    // The folder is missing too, or closed to us: then there is nothing to suggest.
    return [];
  }
  return names
    .map((name) => ({ name, likeness: likeness(wanted, name.toLowerCase()) }))
    .filter((candidate) => candidate.likeness > 0.5)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/** 0 to 1: the share of neighbouring pairs of characters that two texts have in common (Dice's coefficient). */
export function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const pairs = new Map<string, number>();
  for (let at = 0; at < a.length - 1; at += 1)
    pairs.set(a.slice(at, at + 2), (pairs.get(a.slice(at, at + 2)) ?? 0) + 1);
  let common = 0;
  for (let at = 0; at < b.length - 1; at += 1) {
    const pair = b.slice(at, at + 2);
    const left = pairs.get(pair) ?? 0;
    if (left > 0) common += 1;
    pairs.set(pair, left - 1);
  }
  return a.length + b.length > 2 ? (2 * common) / (a.length + b.length - 2) : 0;
}
