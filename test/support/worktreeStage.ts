import { execFile } from 'node:child_process';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGate } from '../../src/node/gate.ts';
import { createGit } from '../../src/node/git.ts';
import { createGitWorktrees, type GitWorktrees } from '../../src/node/gitWorktrees.ts';
import type { BackendKind } from '../../src/node/worktrees/backend.ts';
import type { Lease } from '../../src/workflow/worktrees.ts';
import { createGitRepository, type GitRepository } from './gitRepository.ts';
import { unmountBelow } from './unmountBelow.ts';

/** A repository and a home for its worktrees, both in temporary folders. */
export interface WorktreeStage {
  readonly home: string;
  readonly repository: GitRepository;
  readonly worktrees: GitWorktrees;
  /** Throws when there is none to be had. */
  lease(name?: string, cwd?: string): Promise<Lease>;
  /** Everything that git and the home keep of worktrees. */
  traces(): Promise<WorktreeTraces>;
  /** Runs the body of a module with `worktrees`, `signal` and `repository` (its folder) in a process of its own; resolves to its stdout. */
  inOtherProcess(body: string): Promise<string>;
  dispose(): Promise<void>;
}

export interface WorktreeTraces {
  readonly records: readonly string[];
  readonly locks: readonly string[];
  /** A project's own folder and those for its trash and what worktrees rest on stay, and do not count. */
  readonly folders: readonly string[];
}

export const STAGE_RUN = 'run-1';
export const NO_TRACES: WorktreeTraces = { records: [], locks: [], folders: [] };
/** What a process exits with that shall look as if it had died. */
export const DIED = 9;

export async function openWorktreeStage(
  files: Readonly<Record<string, string>>,
  backend?: BackendKind,
): Promise<WorktreeStage> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'dwf-home-')));
  const repository = await createGitRepository(files);
  const worktrees = worktreesIn(home, backend);
  return {
    home,
    repository,
    worktrees,
    lease: async (name = 'one', cwd = repository.dir) => {
      const request = { runId: STAGE_RUN, name, commit: 'HEAD' };
      const result = await worktrees.acquire(cwd, request, new AbortController().signal);
      if (result.kind === 'failed') throw new Error(result.message);
      return result.lease;
    },
    traces: async () => {
      await worktrees.close();
      const folders = await namesIn(join(home, 'worktrees'));
      return {
        records: await namesIn(join(repository.dir, '.git', 'worktrees')),
        locks: (await namesIn(join(repository.dir, '.git'))).filter((name) => name.endsWith('.lock')),
        folders: folders.filter((name) => !/^[^/]+(\/\.(trash|bases|layers))?$/.test(name)),
      };
    },
    inOtherProcess: (body) => runModule(`${preamble(home, repository.dir, backend)}\n${body}`),
    dispose: async () => {
      await worktrees.close();
      await unmountBelow(home);
      await repository.dispose();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export function worktreesIn(home: string, backend?: BackendKind): GitWorktrees {
  return createGitWorktrees({ home, git: createGit(), gate: createGate(2), backend });
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder, { recursive: true }).catch(() => []);

function preamble(home: string, repository: string, backend?: BackendKind): string {
  const source = (name: string): string => JSON.stringify(new URL(`../../src/node/${name}`, import.meta.url).href);
  return `
    import { existsSync, rmSync, writeFileSync } from 'node:fs';
    import { createGate } from ${source('gate.ts')};
    import { createGit } from ${source('git.ts')};
    import { createGitWorktrees } from ${source('gitWorktrees.ts')};
    const signal = new AbortController().signal;
    const repository = ${JSON.stringify(repository)};
    const worktrees = createGitWorktrees({
      home: ${JSON.stringify(home)}, git: createGit(), gate: createGate(2), backend: ${JSON.stringify(backend)} });`;
}

function runModule(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', code], (error, stdout, stderr) => {
      if (error && error.code !== DIED) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}

/** For `inOtherProcess`: leases `n` worktrees at once, writes files into the first, and gives all back or dies. */
export function leaseMany(
  prefix: string,
  n: number,
  then: 'release' | 'die',
  files: Readonly<Record<string, string>> = {},
): string {
  return `
    const results = await Promise.all(Array.from({ length: ${n} }, (_, i) =>
      worktrees.acquire(repository, { runId: '${STAGE_RUN}', name: '${prefix}' + i, commit: 'HEAD' }, signal)));
    const leases = results.map((result) => { if (result.kind === 'failed') throw new Error(result.message); return result.lease; });
    for (const [file, content] of Object.entries(${JSON.stringify(files)})) writeFileSync(leases[0].path + '/' + file, content);
    console.log('leased ' + leases.length);
    ${then === 'die' ? `process.exit(${DIED});` : 'await Promise.all(leases.map((lease) => lease.release())); await worktrees.close();'}`;
}
