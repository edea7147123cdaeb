import type { Trash } from './trash.ts';

/** A worktree that was given back: its folder and git's records of it, both moved to the trash. */
export interface Spare {
  readonly folder: string;
  readonly adminDir: string;
  readonly commonDir: string;
  readonly runId: string;
}

/** Worktrees of a run that its next agents may get, which is cheaper than to delete one and write another. */
export interface Spares {
  /** False: there are enough, and it is to be deleted. */
  offer(spare: Spare): boolean;
  take(wanted: Pick<Spare, 'commonDir' | 'runId'>): Spare | null;
  /** Deletes all; afterwards none is kept any more. */
  close(): Promise<void>;
}

/** More would be disk for nothing: while so many are renewed, others are given back. */
const MOST = 4;
/** A run that has not asked for so long is over, or its agents take long. */
const IDLE_MS = 120_000;

export function createSpares(trash: Trash): Spares {
  const all = new Set<Spare>();
  let idle: NodeJS.Timeout | undefined;
  const drop = async (): Promise<void> => {
    const going = [...all];
    all.clear();
    await Promise.allSettled(going.flatMap(({ folder, adminDir }) => [trash.remove(folder), trash.remove(adminDir)]));
  };
  return {
    offer: (spare) => {
      // Only there can it be told that no process is left in it.
      if (process.platform !== 'linux' || all.size >= MOST) return false;
      all.add(spare);
      clearTimeout(idle);
      idle = setTimeout(() => void drop(), IDLE_MS).unref();
      return true;
    },
    take: ({ commonDir, runId }) => {
      const found = [...all].find((spare) => spare.commonDir === commonDir && spare.runId === runId);
      if (found) all.delete(found);
      return found ?? null;
    },
    close: async () => {
      clearTimeout(idle);
      await drop();
    },
  };
}
