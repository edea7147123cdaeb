import { copyFile, link, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbort, throwIfAborted } from '../base/abort.ts';
import type { Lease, LeaseRequest, Worktrees } from '../workflow/worktrees.ts';
import { killLeftoverCommands } from './commandRecords.ts';
import { createFileLocks } from './fileLock.ts';
import { folderState } from './folderState.ts';
import type { Gate } from './gate.ts';
import { expectOk, lastWords, NO_GIT, type Git } from './git.ts';
import {
  commitWorktree,
  gitFolderNamedIn,
  restoreWork,
  savedIndex,
  unmarkedIndex,
  type OwnWorktree,
} from './gitLease.ts';
import { inspect, locate, type GitPlace } from './gitPlace.ts';
import { snapshotCheckout } from './ready/snapshotCheckout.ts';
import { folderWithin, lockFile, placeWorktree, type WorktreePlace } from './worktreePlace.ts';
import {
  clearLeftover,
  findLeftover,
  inUse,
  lockReason,
  removeWorktree,
  sweepRun,
  takeBack,
  type RemovalDeps,
  keepWork,
} from './worktreeRemoval.ts';

export interface GitWorktreesOptions {
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. Absolute; made when it is missing. */
  readonly home: string;
  readonly git: Git;
  /** What limits the filling of worktrees, which uses cores. */
  readonly gate: Gate;
}

interface Deps extends GitWorktreesOptions, RemovalDeps {}

/**
 * Worktrees by `git worktree add`, in `<home>/worktrees/<project>-<hash>/<runId>/<name>`, never inside a checkout.
 * Git's list of worktrees does not stand two that are made at once (seen: `failed to read …/commondir`), so that step
 * is under a lock that all processes share; the files are written in parallel. Submodules stay empty.
 */
export function createGitWorktrees(options: GitWorktreesOptions): Worktrees {
  const deps: Deps = { ...options, locks: createFileLocks() };
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
  };
}

async function acquire(deps: Deps, cwd: string, request: LeaseRequest, signal: AbortSignal): Promise<Lease> {
  throwIfAborted(signal);
  const located = await locate(deps.git, cwd, signal);
  if (located.kind !== 'located') throw new Error(located.message);
  const { place } = located;
  const base = await resolveCommit(deps.git, cwd, request.commit, signal);
  const target = await placeWorktree(deps.home, place, request);
  const leftover = await findLeftover(place.commonDir, target.path);
  if (leftover) await clearLeftover(deps, leftover, signal);
  const own = await addWorktree(deps, place, { target, base, runId: request.runId }, signal);
  try {
    await deps.gate.run(() => populate(deps.git, own, signal), signal);
    const restored = request.restore === true && (await restoreWork(deps.git, own, signal));
    // It marks the worktree as whole: what a crash left half-filled or half-restored must not look like an agent's work.
    await rename(unmarkedIndex(own.adminDir), savedIndex(own.adminDir));
    return leaseOf(deps, { ...own, restored }, await folderWithin(own.path, place.prefix));
  } catch (error) {
    await removeWorktree(deps, own);
    throw error;
  }
}

function leaseOf(deps: Deps, own: OwnWorktree & Pick<Lease, 'restored'>, cwd: string): Lease {
  let released: Promise<void> | null = null;
  // What cannot be removed now stays for the sweep of its run.
  const release = (): Promise<void> => (released ??= removeWorktree(deps, own).catch(() => undefined));
  return {
    path: own.path,
    cwd,
    base: own.base,
    restored: own.restored,
    commit: (request, signal) => commitWorktree(deps.git, own, request, signal),
    release,
    abandon: async () => {
      const kept = released === null ? await keepWork(deps.git, own) : null;
      await release();
      return kept;
    },
  };
}

async function resolveCommit(git: Git, cwd: string, commit: string, signal: AbortSignal): Promise<string> {
  const result = commit.startsWith('-')
    ? null
    : await git({ cwd, args: ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`] }, signal);
  if (result?.kind !== 'ok') throw new Error(`"${commit}" is no commit of this repository.`);
  return result.stdout.trim();
}

/** The metadata step: git's own records and an empty folder. On failure or abort, neither stays of what this call made. */
async function addWorktree(
  deps: Deps,
  place: GitPlace,
  { target, base, runId }: { target: WorktreePlace; base: string; runId: string },
  signal: AbortSignal,
): Promise<OwnWorktree> {
  const { path, name } = target;
  const { commonDir, gitDir, root } = place;
  const reason = lockReason({ runId, name, base });
  const args = ['worktree', 'add', '--no-checkout', '--detach', '--lock', '--reason', reason, path, base];
  return deps.locks.within(lockFile(commonDir), signal, async () => {
    // Somebody may have come first; from here on nobody can, so what fails below is ours to take back.
    const there = await findLeftover(commonDir, path);
    if (there) throw inUse(there);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const added = await deps.git({ cwd: root, gitDir, args }, signal);
      if (added.kind === 'no-git') throw new Error(NO_GIT);
      if (added.kind === 'failed') throw new Error(`Git could not make a worktree: ${lastWords(added.stderr)}`);
      const adminDir = await gitFolderNamedIn(join(path, '.git'));
      if (adminDir === null) throw new Error(`Git made no worktree at ${path}.`);
      return { path, adminDir, commonDir, runId, name, base };
    } catch (error) {
      await takeBack(commonDir, path);
      throw error;
    }
  });
}

async function populate(git: Git, own: OwnWorktree, signal: AbortSignal): Promise<void> {
  const { path, adminDir } = own;
  const filled = await git(
    { cwd: path, gitDir: adminDir, workTree: path, args: ['read-tree', '-m', '-u', 'HEAD'] },
    signal,
  );
  expectOk(filled, 'writing the files of a worktree');
  // Git replaces an index and never writes into one, so the second name keeps today's content.
  const index = join(adminDir, 'index');
  await link(index, unmarkedIndex(adminDir)).catch(() => copyFile(index, unmarkedIndex(adminDir)));
}
