import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Git } from './git.ts';
import { locate } from './gitPlace.ts';

/** Of a larger file size and time have to do: a resume must not wait for gigabytes to be read. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** Of so many changed files the content is looked at. */
const MAX_READ_FILES = 2_000;

/**
 * All files of the checkout at `cwd` that an agent can see, but those git ignores, as one word. It stays the same when
 * they are committed as they are. Null where there is no commit to compare with.
 */
export async function folderState(git: Git, cwd: string, signal?: AbortSignal): Promise<string | null> {
  const located = await locate(git, cwd, signal);
  if (located.kind !== 'located') return null;
  const { root } = located.place;
  const tree = await git({ cwd: root, args: ['ls-tree', '-r', '-z', '--full-tree', 'HEAD'] }, signal);
  const args = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignore-submodules=dirty', '--no-renames'];
  const status = await git({ cwd: root, args }, signal);
  if (tree.kind !== 'ok' || status.kind !== 'ok') return null;
  const files = committedFiles(tree.stdout);
  for (const [index, path] of changedPaths(status.stdout).entries()) {
    signal?.throwIfAborted();
    const entry = await entryOf(join(root, path), tree.stdout, index < MAX_READ_FILES, signal);
    if (entry === null) files.delete(path);
    else files.set(path, entry);
  }
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) hash.update(`${files.get(path) ?? ''}\t${path}\0`);
  return hash.digest('hex').slice(0, 32);
}

/** `mode type oid TAB path` NUL, by path as `mode oid`. */
function committedFiles(stdout: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of stdout.split('\0')) {
    const [, mode, oid, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
    if (mode !== undefined && oid !== undefined && path !== undefined) files.set(path, `${mode} ${oid}`);
  }
  return files;
}

function changedPaths(stdout: string): readonly string[] {
  const entries = stdout.split('\0');
  const paths = entries.flatMap((entry) => /^(?:1(?: \S+){7}|u(?: \S+){9}|\?) (.+)$/s.exec(entry)?.[1] ?? []);
  return [...new Set(paths)];
}

/** What git would have for the file were it committed; null when it is gone. `tree` tells which hash this repository uses. */
async function entryOf(
  path: string,
  tree: string,
  read: boolean,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return null;
  const hash = createHash(/^\d+ \w+ [0-9a-f]{64}\t/.test(tree) ? 'sha256' : 'sha1');
  if (info.isSymbolicLink()) {
    const target = Buffer.from(await readlink(path).catch(() => ''));
    return `120000 ${hash.update(`blob ${target.length}\0`).update(target).digest('hex')}`;
  }
  if (!info.isFile()) return 'other';
  const mode = (info.mode & 0o111) === 0 ? '100644' : '100755';
  if (!read || info.size > MAX_READ_BYTES) return `${mode} ${info.size} ${info.mtimeMs}`;
  hash.update(`blob ${info.size}\0`);
  try {
    await pipeline(createReadStream(path), hash, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return `${mode} unreadable`;
  }
  return `${mode} ${hash.digest('hex')}`;
}
