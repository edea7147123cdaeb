import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { isAbort } from '../base/abort.ts';
import { isAlive, ownerSchema, thisProcess, type FileLocks } from './fileLock.ts';
import type { Git } from './git.ts';
import { readLine, rescueWorktree, savedIndex, wasRestored, type OwnWorktree, type Rescue } from './gitLease.ts';
import type { GitPlace } from './gitPlace.ts';
import { removeFolder } from './removeFolder.ts';
import { sweepBaseTrees, type BaseTrees } from './worktrees/baseTrees.ts';
import {
  ensureMounted,
  isMounted,
  keepUpper,
  releaseLayers,
  layersFolder,
  layersLeft,
  layersMountedAt,
  layersSchema,
  projectOf,
  unmountLayers,
  type Layers,
} from './worktrees/layers.ts';
import type { Mounter } from './worktrees/mounts.ts';
import type { Spares } from './worktrees/spares.ts';
import type { Trash } from './worktrees/trash.ts';
import { lockFile, placeWorktree } from './worktreePlace.ts';

export interface RemovalDeps {
  readonly git: Git;
  readonly locks: FileLocks;
  readonly home: string;
  readonly mounter: (project: string) => Mounter;
  readonly bases: Pick<BaseTrees, 'giveBack'>;
  readonly trash: Trash;
  readonly spares: Pick<Spares, 'offer'>;
}

/**
 * What stands in git's `locked` file of a worktree of ours: whose it is and what it was made from. Nobody's: its owner
 * has given it up and could not remove git's records of it.
 */
const lockSchema = z.object({
  runId: z.string(),
  name: z.string(),
  base: z.string(),
  owner: ownerSchema.nullable(),
  layers: layersSchema.optional(),
});
type Lock = z.infer<typeof lockSchema>;
const REASON = 'Dynamic Workflows ';
const LOCKED = 'locked';

/** Git shows it to a person who lists worktrees, and keeps its hands off while it is there. */
export function lockReason(made: Omit<Lock, 'owner'>): string {
  return lockText({ ...made, owner: thisProcess() });
}

function lockText({ runId, name, base, owner, layers }: Lock): string {
  return REASON + JSON.stringify({ runId, name, base, owner, layers });
}

const ownerLives = ({ lock }: Leftover): boolean => lock !== null && lock.owner !== null && isAlive(lock.owner);

/**
 * How long a removal waits for another process that works on the repository's list of worktrees: while somebody waits for
 * it, and once more in the background.
 */
const RECORDS_WAIT_MS = 2_000;
const RECORDS_LATER_MS = 60_000;

/** A worktree's folder, or git's records of one, or both. */
export interface Leftover {
  readonly path: string;
  readonly commonDir: string;
  readonly adminDir: string | null;
  /** Null when git's records of it are missing or damaged. */
  readonly lock: Lock | null;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * What lies where a worktree shall be made, if anything. Of those whose records are `held` here only the folder is looked
 * for: a hundred agents would read ten thousand records.
 */
export async function findLeftover(
  commonDir: string,
  path: string,
  held: ReadonlySet<string> = NONE,
): Promise<Leftover | null> {
  const known = (await listAdmin(commonDir, held)).find((leftover) => leftover.path === path);
  if (known) return known;
  return (await exists(path)) ? { path, commonDir, adminDir: null, lock: null } : null;
}

/**
 * Removes what a dead process left at `path`. Uncommitted work is first kept as a commit under
 * `refs/dynamic-workflows/<runId>/rescued/<name>`; a folder whose work cannot be kept so is moved aside, to
 * `<name>.lost-<random>` next to it. Gives that ref or folder, null when there was nothing to keep. Throws when its
 * process lives.
 */
export async function clearLeftover(
  deps: RemovalDeps,
  { commonDir, path }: Pick<Leftover, 'commonDir' | 'path'>,
  signal?: AbortSignal,
): Promise<string | null> {
  const taken = await deps.locks.within(lockFile(commonDir), signal, () => takeOver(commonDir, path));
  if (taken === null || typeof taken === 'string') return taken;
  // Without a saved index it was never filled, and would look like a deletion of everything.
  const rescue = { restored: await wasRestored(taken.adminDir), apart: false };
  const kept = (await exists(savedIndex(taken.adminDir))) ? await keepWork(deps, taken, rescue) : null;
  await removeWorktree(deps, taken);
  deps.trash.later(dirname(path), () => sweepShared(commonDir, projectOf(path)));
  return kept;
}

/** Removes what dead processes had in the trash, and trees that their worktrees rested on and none does any more. */
export async function sweepShared(commonDir: string, project: string): Promise<void> {
  const trash = join(project, '.trash');
  for (const name of await entries(trash)) await removeFolder(join(trash, name));
  await sweepBaseTrees(project, (await layersInUse(commonDir)).bases);
}

/** Under the lock of the list: makes a dead process's worktree ours, so that one alone clears it; or where it is now. */
async function takeOver(commonDir: string, path: string): Promise<OwnWorktree | string | null> {
  const leftover = await findLeftover(commonDir, path);
  if (leftover === null) return null;
  if (ownerLives(leftover)) throw inUse(leftover);
  const { adminDir, lock } = leftover;
  if (adminDir !== null && lock !== null) {
    await writeFile(join(adminDir, LOCKED), lockReason(lock));
    return { ...lock, path, commonDir, adminDir };
  }
  // Of what it was made, and whether it was ever filled, is not known: git cannot tell its work from its absence.
  const aside = await moveAside(path);
  if (adminDir !== null) await removeFolder(adminDir);
  return aside;
}

export function inUse({ path, lock }: Leftover): Error {
  return new Error(`${path} is in use${lock?.owner ? ` by process ${lock.owner.pid}` : ''}.`);
}

/** Uncommitted work as a commit under the run's refs, or, where git cannot take it, its folder aside: which of them. */
export async function keepWork(
  { git, mounter }: RemovalDeps,
  own: OwnWorktree,
  rescue: Rescue,
): Promise<string | null> {
  const { path, layers } = own;
  const kept: (string | null)[] = [];
  try {
    if (layers && !(await isMounted(path, layers))) {
      // Files that were written where the mount had been would be hidden by it.
      kept.push(await moveAside(path, null));
      await mkdir(path, { recursive: true, mode: 0o700 });
      await ensureMounted(mounter(projectOf(path)), path, layers);
    }
    kept.push(await rescueWorktree(git, own, rescue));
  } catch {
    kept.push(await moveAside(path, layers?.name));
  }
  const places = kept.filter((place) => place !== null);
  return places.length > 0 ? places.join(' and ') : null;
}

/**
 * Removes the worktrees of a run whose processes are gone, as `clearLeftover` does, and gives where their work is;
 * whoever calls it owns the run.
 */
export async function sweepRun(deps: RemovalDeps, place: GitPlace, runId: string): Promise<readonly string[]> {
  const { runFolder } = await placeWorktree(deps.home, place, { runId, name: 'any' });
  const project = dirname(runFolder);
  const known = (await listAdmin(place.commonDir)).filter(({ path }) => dirname(path) === runFolder);
  const kept: (string | null)[] = [];
  for (const leftover of known) {
    if (!ownerLives(leftover)) kept.push(await clearLeftover(deps, leftover));
  }
  await deps.trash.settled();
  const inRecords = new Set(known.map(({ path }) => basename(path)));
  for (const name of await entries(runFolder)) {
    if (!inRecords.has(name) && !name.includes('.')) kept.push(await moveAside(join(runFolder, name)));
  }
  const inUse = await layersInUse(place.commonDir);
  const ofRun = (name: string): boolean => name.startsWith(`${basename(runFolder)}.`);
  for (const name of (await layersLeft(project)).filter((one) => ofRun(one) && !inUse.layers.has(one))) {
    kept.push(await keepUpper(project, name, join(runFolder, asideOf(name))));
    await removeFolder(layersFolder(project, name));
  }
  await sweepShared(place.commonDir, project);
  await removeEmpty(runFolder);
  return kept.filter((place) => place !== null);
}

/** Worktrees of ours in a repository whose process is gone: they wait for their run's resume, its deletion, or another run. */
export async function ownerlessWorktrees(commonDir: string): Promise<readonly { path: string; runId: string }[]> {
  const left = (await listAdmin(commonDir)).filter((one) => !ownerLives(one));
  return left.flatMap(({ path, lock }) => (lock === null ? [] : [{ path, runId: lock.runId }]));
}

/** What the repository's records of worktrees still name. */
async function layersInUse(commonDir: string): Promise<{ layers: ReadonlySet<string>; bases: ReadonlySet<string> }> {
  const all = (await listAdmin(commonDir)).flatMap(({ lock }) => lock?.layers ?? []);
  return { layers: new Set(all.map(({ name }) => name)), bases: new Set(all.map(({ base }) => base)) };
}

/**
 * Takes folder and records out of the way, whatever state they are in; what is not there is no error. What takes longer
 * is done later. When another process does not let go of the repository's list, the records are nobody's until then, or
 * until the next sweep.
 */
export async function removeWorktree(deps: RemovalDeps, worktree: OwnWorktree): Promise<void> {
  const { path, commonDir, adminDir, layers, renewable, runId } = worktree;
  // Its records go first: what is found of it without them after a crash is no lost work.
  if (layers) await releaseLayers(projectOf(path), layers);
  // A rename takes the folder out of the way at once; a mount cannot be renamed. Once the records are gone, what lies at
  // `path` may be somebody else's.
  const moved = [layers ? null : await moveToTrash(path, path)];
  const removeRecords = async (): Promise<void> => {
    if ((await pathOf(adminDir)) === path) moved.push(await moveToTrash(adminDir, path));
    await removeEmpty(join(commonDir, 'worktrees'));
    await removeEmpty(dirname(path));
  };
  let isLeft = false;
  try {
    await deps.locks.within(lockFile(commonDir), AbortSignal.timeout(RECORDS_WAIT_MS), removeRecords);
  } catch (error) {
    if (!isAbort(error)) throw error;
    isLeft = true;
    await writeFile(join(adminDir, LOCKED), lockText({ ...worktree, owner: null })).catch(() => undefined);
  }
  deps.trash.later(path, async () => {
    if (isLeft)
      await deps.locks.within(lockFile(commonDir), AbortSignal.timeout(RECORDS_LATER_MS), async () => {
        // Somebody may have taken it over meanwhile, and made one of their own there.
        if (parseLock(await readLine(join(adminDir, LOCKED)))?.owner === null) await removeRecords();
      });
    if (layers) await removeLayers(deps, path, layers).finally(() => deps.bases.giveBack(layers.base));
    const [folder, records] = moved;
    if (renewable && folder && records && (await exists(savedIndex(records)))) {
      if (deps.spares.offer({ folder, adminDir: records, commonDir, runId })) return;
    }
    await Promise.all(moved.flatMap((one) => (one === null ? [] : [deps.trash.remove(one)])));
  });
}

/** Where it went, named for its run and its worktree; null where nothing was there. */
async function moveToTrash(folder: string, path: string): Promise<string | null> {
  const trash = join(projectOf(path), '.trash');
  const moved = join(trash, `${basename(dirname(path))}.${basename(path)}.${randomBytes(4).toString('hex')}`);
  await mkdir(trash, { recursive: true, mode: 0o700 });
  return rename(folder, moved).then(
    () => moved,
    async () => {
      await removeFolder(folder);
      return null;
    },
  );
}

async function removeLayers({ trash }: Pick<RemovalDeps, 'trash'>, path: string, layers: Layers): Promise<void> {
  // Deleting what is still mounted would go through to the layers; a throw leaves all of it to the next sweep.
  await unmountLayers(path);
  await removeEmpty(dirname(path));
  const moved = await moveToTrash(layersFolder(projectOf(path), layers.name), path);
  if (moved !== null) await trash.remove(moved);
}

/** Under the lock of the list: takes back what a `git worktree add` that failed has made at `path`. */
export async function takeBack(deps: Pick<RemovalDeps, 'trash'>, commonDir: string, path: string): Promise<void> {
  const made = await findLeftover(commonDir, path);
  if (made?.adminDir) await removeFolder(made.adminDir);
  if (made?.lock?.layers) await removeLayers(deps, path, made.lock.layers);
  await removeFolder(path);
  await removeEmpty(join(commonDir, 'worktrees'));
  await removeEmpty(dirname(path));
}

/** Git's records of worktrees, ours and others. */
async function listAdmin(commonDir: string, except: ReadonlySet<string> = NONE): Promise<Leftover[]> {
  const folder = join(commonDir, 'worktrees');
  const all = await Promise.all(
    (await entries(folder)).map(async (id): Promise<Leftover | null> => {
      const adminDir = join(folder, id);
      if (except.has(adminDir)) return null;
      const path = await pathOf(adminDir);
      return path === null
        ? null
        : { path, commonDir, adminDir, lock: parseLock(await readLine(join(adminDir, LOCKED))) };
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

const asideOf = (path: string): string => `${path}.lost-${randomBytes(4).toString('hex')}`;

/**
 * To `<name>.lost-<random>` next to it, where nothing of ours looks again; null when nothing of value is there. Of an
 * overlay, only what was written is of value.
 */
async function moveAside(path: string, layers?: string | null): Promise<string | null> {
  const mounted = layers === undefined ? await layersMountedAt(path) : layers;
  if (mounted !== null) {
    await unmountLayers(path);
    return keepUpper(projectOf(path), mounted, asideOf(path));
  }
  const folder = (await lstat(path).catch(() => null))?.isDirectory();
  if (folder === undefined) return null;
  if (folder && (await entries(path)).every((name) => name === '.git')) {
    await removeFolder(path);
    return null;
  }
  const aside = asideOf(path);
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
