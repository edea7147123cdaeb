import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { count } from '../base/text.ts';
import type { Environment } from './agentEnvironment.ts';
import { isStaleLock } from './fileLock.ts';
import type { Git } from './git.ts';
import { inspect, locate } from './gitPlace.ts';
import { findSandbox } from './shellSandbox/findSandbox.ts';
import { lockFile } from './worktreePlace.ts';
import { ownerlessWorktrees } from './worktreeRemoval.ts';
import { needsGitForRecords } from './worktrees/adminFolder.ts';
import type { BackendKind } from './worktrees/backend.ts';
import { cheapest, tryBackends } from './worktrees/chooseBackend.ts';
import { DEFAULT_DISK_CAP } from './worktrees/diskCap.ts';
import { diskUse, freeBytes } from './worktrees/diskUse.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly about: 'node' | 'git' | 'repository' | 'worktrees' | 'sandbox' | 'disk' | 'leftovers';
  /** `problem`: no run, or none that changes files, works here. `note`: it works, and could work better. */
  readonly state: 'ok' | 'note' | 'problem';
  /** One sentence. */
  readonly text: string;
  /** More of it, such as why something cheaper does not work, or what to do. */
  readonly more: readonly string[];
}

export interface DoctorDeps {
  readonly git: Git;
  readonly home: string;
  readonly cwd: string;
  readonly env: Environment;
}

/** Nothing is changed but for what trying leaves: an empty folder for worktrees. */
export async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
  const located = await locate(deps.git, deps.cwd);
  const place = located.kind === 'located' ? located.place : null;
  return [
    nodeFinding(process.versions.node),
    await gitFinding(deps),
    await repositoryFinding(deps),
    await worktreesFinding(deps, place !== null && (await needsGitForRecords(place))),
    await sandboxFinding(deps),
    await diskFinding(deps),
    ...(place === null ? [] : [await leftoversFinding(place.commonDir)]),
  ];
}

const LEAST_NODE = [22, 15] as const;
const LEAST_GIT = [2, 38] as const;

export function nodeFinding(version: string): Finding {
  const fits = isAtLeast(version, LEAST_NODE);
  const more = fits ? [] : [`Install Node ${LEAST_NODE.join('.')} or newer.`];
  return { about: 'node', state: fits ? 'ok' : 'problem', text: `Node ${version}.`, more };
}

async function gitFinding({ git, cwd }: DoctorDeps): Promise<Finding> {
  const told = await git({ cwd, args: ['--version'] });
  const version = told.kind === 'ok' ? /\d+(\.\d+)+/.exec(told.stdout)?.[0] : undefined;
  const more = [`Install git ${LEAST_GIT.join('.')} or newer and see that it is on the PATH.`];
  if (version === undefined) return { about: 'git', state: 'problem', text: 'Git was not found.', more };
  const fits = isAtLeast(version, LEAST_GIT);
  return { about: 'git', state: fits ? 'ok' : 'problem', text: `Git ${version}.`, more: fits ? [] : more };
}

async function repositoryFinding({ git, cwd }: DoctorDeps): Promise<Finding> {
  const state = await inspect(git, cwd);
  // Runs that change nothing need no repository.
  if (state.kind !== 'ready') return { about: 'repository', state: 'note', text: state.message, more: [] };
  const { commit, branch, dirtyFiles } = state.base;
  const on = branch === undefined ? 'no branch' : `branch ${branch}`;
  return {
    about: 'repository',
    state: 'ok',
    text: `${state.root}, on ${on}, commit ${commit.slice(0, 12)}.`,
    more: dirtyFiles === 0 ? [] : [`${count(dirtyFiles, 'file')} changed since: worktrees start without that.`],
  };
}

const HOW: Readonly<Record<BackendKind, string>> = {
  overlay: 'by overlay mounts: a few milliseconds each, however large the repository is',
  reflink: 'as clones: the file system shares what is not changed',
  plain: 'as full copies, which git writes',
};

async function worktreesFinding({ home }: DoctorDeps, byGit: boolean): Promise<Finding> {
  const folder = join(home, 'worktrees');
  try {
    const tried = await tryBackends(folder);
    const kind = byGit ? 'plain' : cheapest(tried);
    const cheaper = Object.entries(tried).slice(0, Object.keys(HOW).indexOf(kind));
    const why = cheaper.map(([name, problem]) => `Not by ${name}: ${problem ?? 'it works'}.`);
    const special = 'This repository has a sparse checkout or a configuration of its own, which only git copies.';
    return {
      about: 'worktrees',
      state: kind === 'plain' ? 'note' : 'ok',
      text: `Worktrees are made ${HOW[kind]} (${kind}).`,
      more: byGit ? [special] : why,
    };
  } catch (error) {
    const text = `Worktrees cannot be made in ${folder}: ${error instanceof Error ? error.message : String(error)}.`;
    return {
      about: 'worktrees',
      state: 'problem',
      text,
      more: ['Set DYNAMIC_WORKFLOWS_HOME to a folder you can write.'],
    };
  }
}

async function sandboxFinding({ env }: DoctorDeps): Promise<Finding> {
  const found = await findSandbox(env);
  if (found.kind === 'found')
    return { about: 'sandbox', state: 'ok', text: "Agents' commands can be confined to their folder.", more: [] };
  const text = `Agents' commands cannot be confined: ${found.why}.`;
  return { about: 'sandbox', state: 'note', text, more: found.remedy === '' ? [] : [found.remedy] };
}

async function diskFinding({ home }: DoctorDeps): Promise<Finding> {
  await mkdir(home, { recursive: true, mode: 0o700 }).catch(() => undefined);
  const [all, worktrees, free] = await Promise.all([diskUse(home), diskUse(join(home, 'worktrees')), freeBytes(home)]);
  const full = free !== null && free < DEFAULT_DISK_CAP.minFreeBytes;
  return {
    about: 'disk',
    state: full ? 'problem' : 'ok',
    text: `${home} takes ${gb(all)}, of which worktrees take ${gb(worktrees)}; ${free === null ? 'how much is free cannot be told' : `${gb(free)} are free`}.`,
    more: full ? [`Worktrees need ${gb(DEFAULT_DISK_CAP.minFreeBytes)} free. dwf runs prune deletes old runs.`] : [],
  };
}

async function leftoversFinding(commonDir: string): Promise<Finding> {
  const [left, stale] = await Promise.all([ownerlessWorktrees(commonDir), isStaleLock(lockFile(commonDir))]);
  const runs = [...new Set(left.map(({ runId }) => runId))];
  const more = [
    ...left.map(({ path }) => path),
    ...runs.map(
      (runId) => `dwf resume ${runId} goes on and keeps what was written; dwf runs rm ${runId} deletes the run.`,
    ),
    ...(left.length === 0
      ? []
      : ['The next run here removes them, and so does dwf worktrees gc; what is not committed in them is kept first.']),
    ...(stale ? [`${lockFile(commonDir)} is of a process that is gone; the next worktree takes it over.`] : []),
  ];
  if (more.length === 0)
    return { about: 'leftovers', state: 'ok', text: 'No process that died has left a worktree.', more };
  const text = `Processes that died have left ${count(left.length, 'worktree')} of this repository.`;
  return { about: 'leftovers', state: 'note', text, more };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
