import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { isInside } from '../engine/insidePath.ts';
import { protection } from '../engine/protectedPaths.ts';
import type { WorkFiles } from '../workflow/workFiles.ts';
import { readBytes, replaceFile, resolvePath, versionAt, withFile, type FileVersion } from './files.ts';
import type { Git } from './git.ts';
import { fileAt } from './gitObjects.ts';

/** An agent wrote these files, and named the paths: no link is followed out of the worktree. */
export function createWorkFiles(git: Git): WorkFiles {
  return {
    at: async (cwd, commit, path) => {
      const file = await fileAt(git, cwd, commit, path);
      return file.kind === 'binary' ? { kind: 'unreadable' } : file;
    },
    read: async (root, path, maxBytes) => {
      const there = await within(root, path);
      if (there === null) return null;
      return withFile(there, async (opened) => {
        if (opened.kind !== 'file' || opened.stat.size > BigInt(maxBytes)) return null;
        const text = (await readBytes(opened.handle, maxBytes)).toString('utf8');
        return text.includes('\0') ? null : text;
      }).catch(() => null);
    },
    add: async (root, path, text) => {
      const place = await within(root, path);
      if (place === null) return 'refused';
      const isFree = await withFile(place, async ({ kind }) => kind === 'missing').catch(() => null);
      if (isFree !== true) return isFree === false ? 'there' : 'refused';
      return (await replaceFile(place, text, { mode: null, before: null }).catch(() => null)) ? 'added' : 'refused';
    },
    put: async (root, path, text) => {
      const place = await standsAt(root, path);
      if (place === null) return 'refused';
      return (await replaceWhatStands(place, text).catch(() => null)) ? 'put' : 'refused';
    },
  };
}

/** A file keeps its mode. */
async function replaceWhatStands(place: string, text: string): Promise<FileVersion | null> {
  const stat = await lstat(place).catch(() => null);
  const before = await versionAt(place);
  return replaceFile(place, text, { mode: stat?.isFile() === true ? stat.mode & 0o777 : null, before });
}

/** The place itself, also where a link is: what that leads to is another file. */
async function standsAt(root: string, path: string): Promise<string | null> {
  const [folder, name] = [dirname(join(root, path)), basename(path)];
  const parent = folder === root ? root : await within(root, relative(root, folder));
  // Through a link it would be another file of the worktree.
  if (parent !== folder || name === '' || name === '.' || name === '..') return null;
  return protection(root, join(parent, name)) === null ? join(parent, name) : null;
}

/** Null for what is not the worktree's own: the way leads out, or to what decides which programs run later. */
async function within(root: string, path: string): Promise<string | null> {
  const there = await resolvePath(root, join(root, path)).catch(() => null);
  return there !== null && there !== root && isInside(root, there) && protection(root, there) === null ? there : null;
}
