import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort, throwIfAborted } from '../base/abort.ts';
import type { Lease, LeaseRequest, Worktrees } from '../workflow/worktrees.ts';
import type { Committer } from './commits/committer.ts';
import { killLeftoverCommands } from './commandRecords.ts';
import { createFileLocks } from './fileLock.ts';
import { folderState } from './folderState.ts';
import type { Gate } from './gate.ts';
import type { Git } from './git.ts';
import {
  commitWorktree,
  markRestored,
  putApart,
  restoreWork,
  savedIndex,
  unmarkedIndex,
  worktreeChanges,
  type OwnWorktree,
} from './gitLease.ts';
import { inspect, locate } from './gitPlace.ts';
import { snapshotCheckout } from './ready/snapshotCheckout.ts';
import { folderWithin, lockFile, placeWorktree } from './worktreePlace.ts';
import {
  clearLeftover,
  findLeftover,
  inUse,
  keepWork,
  removeWorktree,
  sweepRun,
  sweepShared,
  takeBack,
  type RemovalDeps,
} from './worktreeRemoval.ts';
import type { Backend, BackendKind, NewWorktree } from './worktrees/backend.ts';
import type { BaseTrees } from './worktrees/baseTrees.ts';
import { createBackends, type Backends } from './worktrees/backends.ts';
import { ensureMounted, projectOf } from './worktrees/layers.ts';
import { createPlaces, type Places } from './worktrees/knownPlaces.ts';
import { createDiskGuard, DEFAULT_DISK_CAP, type DiskCap, type DiskGuard } from './worktrees/diskCap.ts';
import { createSpares } from './worktrees/spares.ts';
import { createTrash } from './worktrees/trash.ts';

export interface GitWorktreesOptions {
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. Absolute; made when it is missing. */
  readonly home: string;
  readonly git: Git;
  /** What limits the filling of worktrees, which uses cores. */
  readonly gate: Gate;
  /** Default: plain commits by the person's identity. */
  readonly committer?: Committer;
  /** Instead of the cheapest that works. */
  readonly backend?: BackendKind | undefined;
  readonly diskCap?: DiskCap | undefined;
}

export interface GitWorktrees extends Worktrees {
  /** Ends what goes on in the background: what was released is gone then, and what worktrees shared too. */
  close(): Promise<void>;
}

interface Deps extends GitWorktreesOptions, RemovalDeps {
  readonly backends: Backends;
  readonly bases: BaseTrees;
  readonly places: Places;
  /** Git's records of worktrees that are leased here. */
  readonly held: Set<string>;
  /** Projects' folders whose old rubbish has been seen to. */
  readonly seen: Set<string>;
  readonly diskGuard: DiskGuard;
}

/**
 * Worktrees in `<home>/worktrees/<project>-<hash>/<runId>/<name>`, never inside a checkout, each by the cheapest backend
 * that works there. Git's list of worktrees does not stand two that are made at once (seen: `failed to read
 * …/commondir`), so that step is under a lock that all processes share; the files are written in parallel. Submodules
 * stay empty.
 */
export function createGitWorktrees(options: GitWorktreesOptions): GitWorktrees {
  const trash = createTrash();
  const spares = createSpares(trash);
  const backends = createBackends({ ...options, trash, spares });
  const { bases, mounter } = backends;
  const [locks, places] = [createFileLocks(), createPlaces(options.git)];
  const diskGuard = createDiskGuard(join(options.home, 'worktrees'), options.diskCap ?? DEFAULT_DISK_CAP);
  const deps: Deps = {
    ...options,
    backends,
    bases,
    mounter,
    locks,
    trash,
    spares,
    places,
    held: new Set(),
    seen: new Set(),
    diskGuard,
  };
  return {
    inspect: (cwd) => inspect(deps.git, cwd),
    snapshot: (cwd, request, signal) => snapshotCheckout(deps.git, cwd, request, signal),
    folderState: (cwd, signal) => folderState(deps.git, cwd, signal),
    acquire: async (cwd, request, signal) => {
      try {
        return { kind: 'leased', lease: await acquire(deps, cwd, request, signal) };
      } catch (error) {
        if (isAbort(error)) throw error;
        return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
      }
    },
    sweep: async (cwd, runId) => {
      // Nobody may still write where a tree is collected.
      await killLeftoverCommands(deps.home);
      const located = await locate(deps.git, cwd);
      return located.kind === 'located' ? sweepRun(deps, located.place, runId) : [];
    },
    close: async () => {
      await trash.settled();
      await spares.close();
      await bases.close();
    },
  };
}

async function acquire(deps: Deps, cwd: string, request: LeaseRequest, signal: AbortSignal): Promise<Lease> {
  throwIfAborted(signal);
  const place = await deps.places.locate(cwd, signal);
  const target = await placeWorktree(deps.home, place, request);
  const full = await deps.diskGuard();
  if (full !== null) throw new Error(full);
  const project = projectOf(target.path);
  const base = deps.bases.has(project, request.commit)
    ? request.commit
    : await resolveCommit(deps.git, cwd, request.commit, signal);
  if (!deps.seen.has(project)) {
    deps.seen.add(project);
    deps.trash.later(project, () => sweepShared(place.commonDir, project));
  }
  await deps.trash.cleared(target.path);
  const leftover = await findLeftover(place.commonDir, target.path, deps.held);
  if (leftover) await clearLeftover(deps, leftover, signal);
  await deps.trash.cleared(target.path);
  const wanted = { place, target, runId: request.runId, base };
  const backend = await deps.backends.borrow(project, wanted, signal);
  const own = await recordWorktree(deps, backend, wanted, signal).catch((error: unknown) => {
    if (backend.restsOn !== null) deps.bases.giveBack(backend.restsOn);
    throw error;
  });
  deps.held.add(own.adminDir);
  try {
    await backend.fill(own, signal, request.onQueued);
    if (request.anew === true) await putApart(deps.git, own, signal);
    const restored = request.restore === true && (await restoreWork(deps.git, own, signal));
    await markRestored(own.adminDir, restored);
    // It marks the worktree as whole: what a crash left half-filled or half-restored must not look like an agent's work.
    await rename(unmarkedIndex(own.adminDir), savedIndex(own.adminDir));
    return leaseOf(deps, { ...own, restored }, await folderWithin(own.path, place.prefix));
  } catch (error) {
    await remove(deps, own);
    throw error;
  }
}

function leaseOf(deps: Deps, own: OwnWorktree & Pick<Lease, 'restored'>, cwd: string): Lease {
  let released: Promise<void> | null = null;
  // What cannot be removed now stays for the sweep of its run.
  const release = (): Promise<void> => (released ??= remove(deps, own).catch(() => undefined));
  /** Without its mount it would look like a deletion of everything. */
  const whole = async (): Promise<void> => {
    if (own.layers) await ensureMounted(deps.mounter(projectOf(own.path)), own.path, own.layers);
  };
  return {
    path: own.path,
    cwd,
    base: own.base,
    restored: own.restored,
    changes: async (signal) => {
      await whole();
      return worktreeChanges(deps.git, own, signal);
    },
    commit: async (request, signal) => {
      await whole();
      return commitWorktree(deps.git, own, request, signal, deps.committer);
    },
    release,
    abandon: async (apart) => {
      const rescue = { restored: own.restored, apart: apart !== undefined };
      const kept = released === null ? await keepWork(deps, own, rescue) : null;
      await release();
      return kept;
    },
  };
}

async function resolveCommit(git: Git, cwd: string, commit: string, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet'];
  const result = await git({ cwd, args, revisions: [`${commit}^{commit}`] }, signal);
  if (result.kind !== 'ok') throw new Error(`"${commit}" is no commit of this repository.`);
  return result.stdout.trim();
}

/** The metadata step: git's own records and an empty folder. On failure or abort, neither stays of what this call made. */
async function recordWorktree(
  deps: Deps,
  backend: Backend,
  wanted: NewWorktree,
  signal: AbortSignal,
): Promise<OwnWorktree> {
  const { commonDir } = wanted.place;
  const { path } = wanted.target;
  return deps.locks.within(lockFile(commonDir), signal, async () => {
    // Somebody may have come first; from here on nobody can, so what fails below is ours to take back.
    const there = await findLeftover(commonDir, path, deps.held);
    if (there) throw inUse(there);
    try {
      return await backend.record(wanted, signal);
    } catch (error) {
      await takeBack(deps, commonDir, path);
      throw error;
    }
  });
}

async function remove(deps: Deps, own: OwnWorktree): Promise<void> {
  deps.held.delete(own.adminDir);
  await removeWorktree(deps, own);
}
