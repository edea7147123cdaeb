import { join } from 'node:path';
import { isInside } from '../engine/insidePath.ts';
import { protection } from '../engine/protectedPaths.ts';
import type { WorkFiles } from '../workflow/workFiles.ts';
import { readBytes, replaceFile, resolvePath, versionOf, withFile } from './files.ts';
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
    write: async (root, path, text) => {
      const there = await within(root, path);
      if (there === null) return false;
      const before = await withFile(there, async (opened) => {
        if (opened.kind === 'missing') return { mode: null, before: null };
        if (opened.kind !== 'file') return null;
        return { mode: Number(opened.stat.mode & 0o7777n), before: versionOf(opened.stat) };
      }).catch(() => null);
      if (before === null) return false;
      return (await replaceFile(there, text, before).catch(() => null)) !== null;
    },
  };
}

/** Null for what is not the worktree's own: the way leads out, or to what decides which programs run later. */
async function within(root: string, path: string): Promise<string | null> {
  const there = await resolvePath(root, join(root, path)).catch(() => null);
  return there !== null && there !== root && isInside(root, there) && protection(root, there) === null ? there : null;
}
