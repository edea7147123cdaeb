import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbort, throwIfAborted } from '../../base/abort.ts';
import type { OnQueued } from '../../workflow/commands.ts';
import type { Lease, LeaseRequest, Worktrees } from '../../workflow/worktrees.ts';
import { noteBrought } from '../broughtPaths.ts';
import type { Gate } from '../gate.ts';
import type { Git } from '../git.ts';
import { gitFolderNamedIn } from '../gitLease.ts';
import { locate } from '../gitPlace.ts';
import { bringFolder, cloneFile, wayFor, type CloneFile, type Way } from './bringFolder.ts';
import { surveyCheckout, type CheckoutSurvey } from './checkoutSurvey.ts';
import { copyIncluded } from './includedFiles.ts';
import { Lately } from './lately.ts';
import { safeTarget } from './safeTarget.ts';
import { fillSubmodules, type FilledSubmodule } from './submodules.ts';
import { keepSubmoduleWork } from './submoduleWork.ts';
import type { WorktreeVariables } from './worktreeVariables.ts';

export interface ReadyDeps {
  readonly git: Git;
  /** What limits the copying, which uses cores. Not passed while a worktree is made. */
  readonly gate: Gate;
  readonly variables: WorktreeVariables;
  /** Default: the system's own. */
  readonly clone?: CloneFile;
}

/** What ignores of git's worktrees usually need to be worked in. */
const DEFAULT_DEPENDENCY_FOLDERS: readonly string[] = ['node_modules', '.venv', 'vendor'];

/** So long what was found in a checkout is taken to be there for the next worktree, of a hundred that are made at once. */
const SURVEY_MS = 5_000;

interface Finding extends ReadyDeps {
  readonly surveys: Lately<CheckoutSurvey>;
  readonly ways: Lately<Way>;
}

/**
 * Worktrees that can be worked in, out of such as have their commit's files alone: submodules filled, ignored files that
 * `.worktreeinclude` names, folders of dependencies, and variables for the commands in them. None of what is brought is
 * ever part of a commit. A worktree that cannot be made ready is given back, and is none.
 */
export function readyWorktrees(inner: Worktrees, deps: ReadyDeps): Worktrees {
  const finding: Finding = { ...deps, surveys: new Lately(SURVEY_MS), ways: new Lately(SURVEY_MS) };
  return {
    ...inner,
    acquire: async (cwd, request, signal) => {
      const result = await inner.acquire(cwd, request, signal);
      if (result.kind !== 'leased') return result;
      const { lease } = result;
      try {
        const brought = await makeReady(finding, cwd, lease, request, signal);
        await deps.variables.begin(lease.path, request);
        return { kind: 'leased', lease: readyLease(deps, lease, request, brought) };
      } catch (error) {
        // Nobody has worked in it, but what was restored into it is work: that is kept.
        await (request.restore ? lease.abandon() : lease.release());
        if (isAbort(error)) throw error;
        return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

interface Brought {
  readonly readable: readonly string[];
  readonly filled: readonly FilledSubmodule[];
  readonly adminDir: string;
}

function readyLease(
  { git, variables }: ReadyDeps,
  lease: Lease,
  { runId, tell }: LeaseRequest,
  brought: Brought,
): Lease {
  const { readable, filled, adminDir } = brought;
  const keepBeside = async (): Promise<void> => {
    for (const note of await keepSubmoduleWork(git, { runId, path: lease.path, adminDir }, filled)) tell?.(note);
  };
  return {
    ...lease,
    readable: [...(lease.readable ?? []), ...readable],
    commit: async (request, signal) => {
      const commit = await lease.commit(request, signal);
      await keepBeside();
      return commit;
    },
    release: async () => {
      await variables.end(lease.path);
      await lease.release();
    },
    abandon: async (apart) => {
      await keepBeside();
      await variables.end(lease.path);
      return lease.abandon(apart);
    },
  };
}

async function makeReady(
  deps: Finding,
  cwd: string,
  lease: Lease,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<Brought> {
  const located = await locate(deps.git, cwd, signal);
  if (located.kind !== 'located') throw new Error(located.message);
  const { place } = located;
  // Read before an agent can have touched it.
  const adminDir = await gitFolderNamedIn(join(lease.path, '.git'));
  if (adminDir === null) throw new Error(`${lease.path} is no worktree of git.`);
  const { filled, notes } = await fillSubmodules(deps.git, place, { worktree: lease.path, adminDir }, signal);
  const folders = request.dependencyFolders ?? DEFAULT_DEPENDENCY_FOLDERS;
  const key = JSON.stringify([place.root, folders]);
  const survey = await deps.surveys.of(key, () => surveyCheckout(deps.git, place, folders));
  throwIfAborted(signal);
  await noteBrought(adminDir, [...survey.dependencies, ...survey.included]);
  const [checkout, worktree] = [place.root, lease.path];
  const refused = await copyIncluded({ checkout, worktree }, survey.included);
  const readable: string[] = [];
  for (const path of survey.dependencies) {
    const linked = await bringDependencies(deps, { checkout, worktree, path, onQueued: request.onQueued }, signal);
    if (linked !== null) readable.push(linked);
  }
  for (const note of [...notes, ...refused]) request.tell?.(note);
  return { readable, filled, adminDir };
}

interface Bringing {
  readonly checkout: string;
  readonly worktree: string;
  readonly path: string;
  readonly onQueued: OnQueued | undefined;
}

/** The folder that links lead to; null when there are none. */
async function bringDependencies(
  { gate, ways, clone = cloneFile }: Finding,
  { checkout, worktree, path, onQueued }: Bringing,
  signal: AbortSignal,
): Promise<string | null> {
  const from = await realpath(join(checkout, path)).catch(() => null);
  const to = from === null ? null : await safeTarget(worktree, path);
  if (from === null || to === null) return null;
  return gate.run(
    async () => {
      const way = await ways.of(from, () => wayFor(from, dirname(to), clone));
      await bringFolder({ from, to, checkout }, way, clone, signal);
      return way === 'link' ? from : null;
    },
    signal,
    onQueued,
  );
}
