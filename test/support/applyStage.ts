import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { applyDeps, type ApplyDeps, type RunPlace } from '../../src/node/apply/applyDeps.ts';
import { applyChanges, forecastApply, undoApply, type ApplyRequest } from '../../src/node/apply/applyChanges.ts';
import { forecastMerge, mergeChanges, type MergeRequest } from '../../src/node/apply/mergeChanges.ts';
import { createGit } from '../../src/node/git.ts';
import type { ApplyOutcome, ApplySource, MergeOutcome, UndoOutcome } from '../../src/workflow/apply/outcome.ts';
import { createGitRepository, type GitRepository } from './gitRepository.ts';

export const signal = new AbortController().signal;

/** A repository on `main`, a home, a run's folder, and changes made of edits by a person's git. */
export interface ApplyStage {
  readonly repository: GitRepository;
  readonly deps: ApplyDeps;
  readonly run: RunPlace;
  /** What a run would have committed on a branch of its own, from `main` as it is; `main` is checked out again. */
  readonly change: (edit: (repository: GitRepository) => Promise<unknown>, name?: string) => Promise<ApplySource>;
  readonly apply: (source: ApplySource, more?: Partial<ApplyRequest>) => Promise<ApplyOutcome>;
  readonly undo: (more?: { readonly unsaved?: readonly string[] }) => Promise<UndoOutcome>;
  readonly merge: (source: ApplySource, more?: Partial<MergeRequest>) => Promise<MergeOutcome>;
  /** What an apply would do, and a merge. */
  readonly forecast: (source: ApplySource) => Promise<{ readonly apply: object; readonly merge: object }>;
  /** In git's short form, untracked files one by one. */
  readonly status: () => Promise<string>;
}

export async function withApplyStage<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (stage: ApplyStage) => Promise<T>,
): Promise<T> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'dwf-home-')));
  const repository = await createGitRepository(files);
  const run = { runId: 'run-1', dir: join(home, 'run-1') };
  const deps = applyDeps(createGit(gitOnly), home);
  await mkdir(run.dir, { recursive: true });
  try {
    return await body({
      repository,
      deps,
      run,
      change: (edit, name = 'one') => makeChange(repository, edit, name),
      apply: (source, more = {}) => applyChanges(deps, { run, cwd: repository.dir, source, ...more }, signal),
      undo: (more = {}) => undoApply(deps, run, more, signal),
      merge: (source, more = {}) => mergeChanges(deps, { run, cwd: repository.dir, source, ...more }, signal),
      forecast: async (source) => {
        const request = { run, cwd: repository.dir, source };
        return { apply: await forecastApply(deps, request, signal), merge: await forecastMerge(deps, request, signal) };
      },
      status: () => repository.git('status', '--porcelain', '--untracked-files=all'),
    });
  } finally {
    await repository.dispose();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Nothing of the person's configuration who runs the tests. */
const gitOnly = { PATH: process.env['PATH'], HOME: tmpdir(), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

async function makeChange(
  repository: GitRepository,
  edit: (repository: GitRepository) => Promise<unknown>,
  name: string,
): Promise<ApplySource> {
  const base = await repository.git('rev-parse', 'HEAD');
  const branch = `workflow/run-1/${name}`;
  await repository.git('checkout', '-q', '-b', branch);
  await edit(repository);
  const commit = await repository.commit(name);
  await repository.git('checkout', '-q', 'main');
  return { runId: 'run-1', change: name, label: name, branch, base, commit, onSnapshot: false };
}

export const bytesOf = (repository: GitRepository, path: string): Promise<Buffer> =>
  readFile(join(repository.dir, path));

export interface SlowFilter {
  /** Resolves when git has begun to write the file. */
  readonly started: () => Promise<void>;
  /** Lets it write it. */
  readonly release: () => Promise<void>;
}

/** Whoever checks out `path` from now on waits, in a filter of the person's configuration. `folder` is for its marks. */
export async function slowFilter(repository: GitRepository, folder: string, path: string): Promise<SlowFilter> {
  const [started, released] = [join(folder, 'filter-started'), join(folder, 'filter-released')];
  await repository.write('.git/info/attributes', `${path} filter=slow\n`);
  const wait = `touch '${started}'; until [ -e '${released}' ]; do sleep 0.01; done; cat`;
  await repository.git('config', 'filter.slow.smudge', wait);
  return {
    started: () => expect.poll(() => existsSync(started), { timeout: 20_000 }).toBe(true),
    release: () => writeFile(released, ''),
  };
}
