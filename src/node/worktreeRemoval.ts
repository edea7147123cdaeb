import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { isAlive, ownerSchema, thisProcess, type FileLocks } from './fileLock.ts';
import type { Git } from './git.ts';
import { readLine, rescueWorktree, savedIndex, type OwnWorktree } from './gitLease.ts';
import type { GitPlace } from './gitPlace.ts';
import { removeFolder } from './removeFolder.ts';
import { lockFile, placeWorktree, type WorktreePlace } from './worktreePlace.ts';

export interface RemovalDeps {
  readonly git: Git;
  readonly locks: FileLocks;
  readonly home: string;
}

/** What stands in git's `locked` file of a worktree of ours: whose it is and what it was made from. */
const lockSchema = z.object({ runId: z.string(), name: z.string(), base: z.string(), owner: ownerSchema });
type Lock = z.infer<typeof lockSchema>;
const REASON = 'Dynamic Workflows ';

/** Git shows it to a person who lists worktrees, and keeps its hands off while it is there. */
export function lockReason(lock: Omit<Lock, 'owner'>): string {
  return REASON + JSON.stringify({ ...lock, owner: thisProcess() });
}

/** A worktree's folder, or git's records of one, or both. */
export interface Leftover {
  readonly path: string;
  readonly commonDir: string;
  readonly adminDir: string | null;
  /** Null when it was never finished. */
  readonly lock: Lock | null;
}

/** What lies where a worktree shall be made, if anything. */
export async function findLeftover(commonDir: string, { path }: WorktreePlace): Promise<Leftover | null> {
  const known = (await listAdmin(commonDir)).find((leftover) => leftover.path === path);
  if (known) return known;
  return (await exists(path)) ? { path, commonDir, adminDir: null, lock: null } : null;
}

/**
 * Removes what a dead process left. Uncommitted work is first kept as a commit under
 * `refs/dynamic-workflows/<runId>/rescued/<name>`; a folder whose work cannot be kept so is moved aside, to
 * `<name>.lost-<random>` next to it. Gives that ref or folder, null when there was nothing to keep. Throws when its
 * process lives.
 */
export async function clearLeftover(deps: RemovalDeps, leftover: Leftover): Promise<string | null> {
  const { path, adminDir, lock } = leftover;
  if (lock && isAlive(lock.owner)) throw new Error(`${path} is in use by process ${lock.owner.pid}.`);
  let kept: string | null = null;
  if (adminDir === null) {
    kept = await moveAside(path);
  } else if (lock && (await exists(savedIndex(adminDir)))) {
    kept = await keepWork(deps.git, { ...lock, ...leftover, adminDir });
  }
  await removeWorktree(deps, leftover);
  return kept;
}

/** Uncommitted work as a commit under the run's refs, or, where git cannot take it, its folder aside: which of them. */
export function keepWork(git: Git, own: OwnWorktree): Promise<string | null> {
  return rescueWorktree(git, own).catch(() => moveAside(own.path));
}

/** Removes the worktrees of a run whose processes are gone, as `clearLeftover` does; whoever calls it owns the run. */
export async function sweepRun(deps: RemovalDeps, place: GitPlace, runId: string): Promise<readonly string[]> {
  const kept: (string | null)[] = [];
  const { runFolder, trash } = await placeWorktree(deps.home, place, { runId, name: 'any' });
  const known = (await listAdmin(place.commonDir)).filter(({ path }) => dirname(path) === runFolder);
  for (const leftover of known) {
    if (!leftover.lock || !isAlive(leftover.lock.owner)) kept.push(await clearLeftover(deps, leftover));
  }
  const inUse = new Set(known.map(({ path }) => basename(path)));
  for (const name of await entries(runFolder)) {
    if (!inUse.has(name) && !name.includes('.')) kept.push(await moveAside(join(runFolder, name)));
  }
  for (const name of await entries(trash)) {
    if (name.startsWith(`${basename(runFolder)}.`)) await removeFolder(join(trash, name));
  }
  await removeEmpty(runFolder);
  return kept.filter((place) => place !== null);
}

/** Removes folder and records, whatever state they are in; what is not there is no error. */
export async function removeWorktree(deps: RemovalDeps, worktree: OwnWorktree | Leftover): Promise<void> {
  const { path, commonDir, adminDir } = worktree;
  const runFolder = dirname(path);
  const trash = join(dirname(runFolder), '.trash');
  const moved = join(trash, `${basename(runFolder)}.${basename(path)}.${randomBytes(4).toString('hex')}`);
  // A rename takes the folder out of the way at once; deleting it takes its time.
  await mkdir(trash, { recursive: true, mode: 0o700 });
  await rename(path, moved).catch(() => undefined);
  await deps.locks.within(lockFile(commonDir), undefined, async () => {
    if (adminDir !== null && (await pathOf(adminDir)) === path) await removeFolder(adminDir);
    await removeEmpty(join(commonDir, 'worktrees'));
    await removeEmpty(runFolder);
  });
  await removeFolder(moved);
  await removeFolder(path);
}

/** Git's records of worktrees, ours and others. */
async function listAdmin(commonDir: string): Promise<Leftover[]> {
  const folder = join(commonDir, 'worktrees');
  const all = await Promise.all(
    (await entries(folder)).map(async (id): Promise<Leftover | null> => {
      const adminDir = join(folder, id);
      const path = await pathOf(adminDir);
      return path === null
        ? null
        : { path, commonDir, adminDir, lock: parseLock(await readLine(join(adminDir, 'locked'))) };
    }),
  );
  return all.filter((leftover) => leftover !== null);
}

/** The worktree that git's records in `adminDir` are of. */
async function pathOf(adminDir: string): Promise<string | null> {
  const dotGit = await readLine(join(adminDir, 'gitdir'));
  return dotGit === null ? null : dirname(resolve(adminDir, dotGit));
}

function parseLock(reason: string | null): Lock | null {
  if (!reason?.startsWith(REASON)) return null;
  try {
    return lockSchema.parse(JSON.parse(reason.slice(REASON.length)));
  } catch {
    return null;
  }
}

/** To `<name>.lost-<random>` next to it, where nothing of ours looks again; null when it is not there. */
async function moveAside(path: string): Promise<string | null> {
  if (!(await exists(path))) return null;
  const aside = `${path}.lost-${randomBytes(4).toString('hex')}`;
  await rename(path, aside);
  return aside;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const removeEmpty = (folder: string): Promise<void> => rmdir(folder).catch(() => undefined);
