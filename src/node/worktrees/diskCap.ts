import { diskUse, freeBytes } from './diskUse.ts';

export interface DiskCap {
  /** Less than so much free on the disk, and there are no more worktrees. */
  readonly minFreeBytes: number;
  /** All worktrees together may take so much; absent: whatever there is. */
  readonly maxBytes?: number | undefined;
}

/** A system whose disk is full loses more than one agent's work. */
export const DEFAULT_DISK_CAP: DiskCap = { minFreeBytes: 2_000_000_000 };

/** To look through all worktrees takes seconds, and they do not grow faster than agents write. */
const LOOK_AGAIN_MS = 60_000;

/** Why there is to be no more worktree in `folder` now, and what to do; null: there may be. */
export type DiskGuard = () => Promise<string | null>;

export function createDiskGuard(folder: string, { minFreeBytes, maxBytes }: DiskCap): DiskGuard {
  let use: { readonly at: number; readonly bytes: Promise<number> } | undefined;
  return async () => {
    const free = await freeBytes(folder);
    if (free !== null && free < minFreeBytes) {
      return `Only ${gb(free)} are free on the disk of ${folder}, and worktrees need ${gb(minFreeBytes)}. Free some: dwf runs prune deletes old runs.`;
    }
    if (maxBytes === undefined) return null;
    const now = performance.now();
    if (!use || now - use.at > LOOK_AGAIN_MS) use = { at: now, bytes: diskUse(folder) };
    const bytes = await use.bytes;
    if (bytes < maxBytes) return null;
    return `Worktrees in ${folder} take ${gb(bytes)}, of ${gb(maxBytes)} that they may. Delete old runs (dwf runs prune), or allow more (dynamicWorkflows.worktree.maxDiskGb).`;
  };
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
