import { spawn } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { mountIn, removeFolder } from '../removeFolder.ts';
import { inBatches } from './inBatches.ts';

/**
 * What is removed for good while nobody waits for it. It has been moved to where nobody looks before it comes here, so
 * what fails, or what the end of the process cuts short, is left to the next sweep and lost to nobody.
 */
export interface Trash {
  /** Does `work`, which removes what is left of a worktree at `path`. */
  later(path: string, work: () => Promise<void>): void;
  /** When nothing of that path is left to do. */
  cleared(path: string): Promise<void>;
  /** When nothing is left to do at all. */
  settled(): Promise<void>;
  /** Deletes a folder with all in it; follows no symlink. */
  remove(folder: string): Promise<void>;
}

export function createTrash(): Trash {
  const pending = new Map<string, Promise<void>>();
  return {
    later: (path, work) => {
      const before = pending.get(path) ?? Promise.resolve();
      const done = before
        .then(work)
        .catch(() => undefined)
        .then(() => {
          if (pending.get(path) === done) pending.delete(path);
        });
      pending.set(path, done);
    },
    cleared: async (path) => pending.get(path),
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending.values());
    },
    remove: inBatches(async (asked) => {
      const problems = new Map<string, unknown>();
      const mounts = await Promise.all(asked.map(mountIn));
      const folders = asked.filter((folder, at) => {
        const mount = mounts[at] ?? null;
        if (mount !== null) problems.set(folder, mount);
        return mount === null;
      });
      if (process.platform !== 'win32' && folders.length > 0) await deleteByProgram(folders);
      for (const folder of folders) await deleteRest(folder).catch((error: unknown) => problems.set(folder, error));
      return (folder) => (problems.has(folder) ? new Error(`${folder} cannot be deleted.`) : null);
    }),
  };
}

/** With a quarter of the CPU that Node takes for it, and after everything else that wants some. */
function deleteByProgram(folders: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('rm', ['-rf', '--', ...folders], { cwd: '/', stdio: 'ignore' });
    child.once('error', () => resolve());
    child.once('close', () => resolve());
    if (child.pid !== undefined) yieldTo(child.pid);
  });
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}

/** What the program could not: write-protected folders. */
async function deleteRest(folder: string): Promise<void> {
  if ((await lstat(folder).catch(() => null)) !== null) await removeFolder(folder);
}
