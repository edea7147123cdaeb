import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Worktrees } from '../../workflow/worktrees.ts';
import { isAlive } from '../fileLock.ts';
import { gitFolderNamedIn, readLine } from '../gitLease.ts';
import { runFolders } from '../runFiles.ts';
import { claimRun, ownershipOf } from '../runLock.ts';
import { sizeOfFolder } from '../runSize.ts';
import { findLeftover } from '../worktreeRemoval.ts';
import { projectOf, upperOf } from '../worktrees/layers.ts';

/** A worktree of ours, of any project under a home. */
export interface KnownWorktree {
  /** Absolute. */
  readonly path: string;
  readonly runId: string;
  readonly name: string;
  /** Of an overlay, what was written in it alone: the tree below is shared. */
  readonly bytes: number;
  /** The checkout of its repository; null: that is not where it was. */
  readonly repository: string | null;
  /** Of the process that has it or its run; null: nobody has it, and it may go. */
  readonly pid: number | null;
}

/** All worktrees under a home, by path. What was put aside for a person (`….lost-…`) is none. */
export async function listWorktrees(home: string): Promise<readonly KnownWorktree[]> {
  const all = await realpath(join(home, 'worktrees')).catch(() => null);
  if (all === null) return [];
  const runs = await dirsOfRuns(home);
  const found: KnownWorktree[] = [];
  for (const project of await folders(all)) {
    for (const runId of await folders(join(all, project))) {
      for (const name of await folders(join(all, project, runId))) {
        const path = join(all, project, runId, name);
        found.push(await knownAt(path, { runId, name, dir: runs.get(runId) }));
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function knownAt(
  path: string,
  { runId, name, dir }: { readonly runId: string; readonly name: string; readonly dir: string | undefined },
): Promise<KnownWorktree> {
  const commonDir = await commonDirOf(path);
  const leftover = commonDir === null ? null : await findLeftover(commonDir, path);
  const owner = leftover?.lock?.owner ?? null;
  const holder = dir === undefined ? null : await ownershipOf(dir);
  const pid = owner && isAlive(owner) ? owner.pid : holder?.kind === 'held' ? holder.pid : null;
  const repository = commonDir === null ? null : basename(commonDir) === '.git' ? dirname(commonDir) : path;
  const layers = leftover?.lock?.layers;
  const bytes = await sizeOfFolder(layers ? upperOf(projectOf(path), layers) : path);
  return { path, runId, name, bytes, repository, pid };
}

/** Null when its git folder is gone, or was never written. */
async function commonDirOf(path: string): Promise<string | null> {
  const adminDir = await gitFolderNamedIn(join(path, '.git'));
  const common = adminDir === null ? null : await readLine(join(adminDir, 'commondir'));
  if (adminDir === null || common === null) return null;
  return realpath(resolve(adminDir, common)).catch(() => null);
}

export interface Swept {
  readonly removed: readonly KnownWorktree[];
  readonly bytes: number;
  /** Where uncommitted work of them is kept: a ref, or a folder. */
  readonly kept: readonly { readonly runId: string; readonly place: string; readonly repository: string }[];
  /** Not removed, and why. */
  readonly left: readonly { readonly worktree: KnownWorktree; readonly why: string }[];
}

/** Removes worktrees that nobody has. What is uncommitted in them is kept first, by the sweep. */
export async function sweepWorktrees(
  deps: { readonly home: string; readonly worktrees: Pick<Worktrees, 'sweep'> },
  known: readonly KnownWorktree[],
): Promise<Swept> {
  const runs = await dirsOfRuns(deps.home);
  const left: { worktree: KnownWorktree; why: string }[] = [];
  const kept: { runId: string; place: string; repository: string }[] = [];
  const removed: KnownWorktree[] = [];
  for (const [key, group] of Map.groupBy(known, (one) => `${one.repository ?? ''}\0${one.runId}`)) {
    const [first] = group;
    if (first === undefined || key === '') continue;
    const leave = (why: string): void => void left.push(...group.map((worktree) => ({ worktree, why })));
    const { repository, runId } = first;
    if (repository === null) {
      leave('its repository is not where it was, so nobody can tell what in it is not committed');
      continue;
    }
    const busy = group.find(({ pid }) => pid !== null);
    if (busy) {
      leave(`in use by process ${busy.pid}`);
      continue;
    }
    const swept = await sweepUnowned(deps.worktrees, { repository, runId, dir: runs.get(runId) });
    if (swept.kind === 'held') leave(`in use by process ${swept.pid}`);
    if (swept.kind === 'failed') leave(swept.message);
    if (swept.kind !== 'swept') continue;
    kept.push(...swept.kept.map((place) => ({ runId, place, repository })));
    for (const worktree of group) {
      if (await isThere(worktree.path)) left.push({ worktree, why: 'it could not be removed' });
      else removed.push(worktree);
    }
  }
  return { removed, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0), kept, left };
}

export type SweptRun =
  /** Where uncommitted work is kept: refs and folders. */
  | { readonly kind: 'swept'; readonly kept: readonly string[] }
  | { readonly kind: 'held'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Sweeps a run's worktrees unless a process has the run; nobody can take it meanwhile. */
export async function sweepUnowned(
  worktrees: Pick<Worktrees, 'sweep'>,
  run: { readonly repository: string; readonly runId: string; readonly dir: string | undefined },
): Promise<SweptRun> {
  const { repository, runId, dir } = run;
  try {
    const claim = dir === undefined ? null : await claimRun(dir);
    if (claim?.kind === 'held') return claim;
    try {
      return { kind: 'swept', kept: await worktrees.sweep(repository, runId) };
    } finally {
      await claim?.lock.release();
    }
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** Of runs and sessions, by id. */
export async function dirsOfRuns(home: string): Promise<ReadonlyMap<string, string>> {
  const all = await Promise.all([runFolders(home), runFolders(home, undefined, 'sessions')]);
  return new Map(all.flat().map(({ runId, dir }) => [runId, dir]));
}

async function folders(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() && !entry.name.includes('.') ? [entry.name] : []));
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
