import pLimit from 'p-limit';

/**
 * What is removed for good while nobody waits for it. It has been moved to where nobody looks before it comes here, so
 * what fails, or what the end of the process cuts short, is left to the next sweep and lost to nobody.
 */
export interface Trash {
  /** Does `work`, which removes what is left of a worktree at `path`, after all that came before it. */
  later(path: string, work: () => Promise<void>): void;
  /** When nothing of that path is left to do. */
  cleared(path: string): Promise<void>;
  /** When nothing is left to do at all. */
  settled(): Promise<void>;
}

export function createTrash(): Trash {
  const oneAtATime = pLimit(1);
  const pending = new Map<string, Promise<void>>();
  return {
    later: (path, work) => {
      const done = oneAtATime(() => work().catch(() => undefined)).then(() => {
        if (pending.get(path) === done) pending.delete(path);
      });
      pending.set(path, done);
    },
    cleared: async (path) => pending.get(path),
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending.values());
    },
  };
}
