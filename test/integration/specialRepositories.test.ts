import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFileLocks } from '../../src/node/fileLock.ts';
import { createGate } from '../../src/node/gate.ts';
import { createGit } from '../../src/node/git.ts';
import { createMergeRepository } from '../../src/node/gitMerge.ts';
import { createGitWorktrees, type GitWorktrees } from '../../src/node/gitWorktrees.ts';
import { createPortRanges } from '../../src/node/ready/portRanges.ts';
import { readyWorktrees } from '../../src/node/ready/readyWorktrees.ts';
import { createWorktreeVariables } from '../../src/node/ready/worktreeVariables.ts';
import type { Commit, Lease, Worktrees } from '../../src/workflow/worktrees.ts';
import { createGitRepository, runGit, type GitRepository } from '../support/gitRepository.ts';

const RUN = 'run-1';
const { signal } = new AbortController();
const git = createGit();
const merge = createMergeRepository(git);

/** Two commits, so that a shallow clone lacks one. Nobody changes it. */
let origin: GitRepository;
/** A library that others have as a submodule, which has one itself. */
let library: GitRepository;
let innermost: GitRepository;
let scratch = '';
let worktrees: Worktrees;
let inner: GitWorktrees;
let notes: string[] = [];

beforeAll(async () => {
  origin = await createGitRepository({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'other/c.txt': 'c\n' });
  await origin.write('a.txt', 'a2\n');
  await origin.commit('second');
  // What a partial clone needs of its other side.
  await origin.git('config', 'uploadpack.allowFilter', 'true');
  await origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  innermost = await createGitRepository({ 'deep.txt': 'deep\n' });
  library = await createGitRepository({ 'lib.txt': 'lib\n' });
  await withFiles(library.dir, 'submodule', 'add', '-q', innermost.dir, 'inner');
  await library.commit('with a submodule');
});
afterAll(() => Promise.all([origin, library, innermost].map((repository) => repository.dispose())));

beforeEach(async () => {
  notes = [];
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'dwf-special-')));
  const home = join(scratch, 'home');
  const gate = createGate(2);
  const variables = createWorktreeVariables(createPortRanges(join(home, 'ports'), createFileLocks()));
  inner = createGitWorktrees({ home, git, gate });
  worktrees = readyWorktrees(inner, { git, gate, variables });
});
afterEach(async () => {
  await inner.close();
  await rm(scratch, { recursive: true, force: true });
});

/** Submodules and clones of this machine, which git allows when it is asked to. */
const withFiles = (cwd: string, ...args: readonly string[]): Promise<string> =>
  runGit(cwd, ['-c', 'protocol.file.allow=always', ...args]);

async function cloned(...args: readonly string[]): Promise<string> {
  await withFiles(scratch, 'clone', '-q', ...args, `file://${origin.dir}`, 'clone');
  return join(scratch, 'clone');
}

async function leased(cwd: string, name = 'one', commit = 'HEAD'): Promise<Lease> {
  const request = { runId: RUN, name, commit, tell: (note: string) => notes.push(note) };
  const result = await worktrees.acquire(cwd, request, signal);
  if (result.kind !== 'leased') throw new Error(result.message);
  return result.lease;
}

async function committed(lease: Lease): Promise<Commit> {
  const commit = await lease.commit({ branch: `workflow/${RUN}/one`, message: 'work' }, signal);
  await lease.release();
  if (commit === null) throw new Error('nothing was committed');
  return commit;
}

const files = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== '.git')
    .sort();

const paths = (commit: Commit): readonly string[] => commit.files.map(({ path }) => path);

/** A change to one file there, committed, and merged onto the checkout's commit; nothing of it shows in the checkout. */
async function worksIn(cwd: string, path = 'a.txt'): Promise<void> {
  const state = await worktrees.inspect(cwd);
  if (state.kind !== 'ready') throw new Error(state.message);
  const before = await runGit(cwd, ['status', '--porcelain=v2', '--branch']);
  const lease = await leased(cwd);
  await writeFile(join(lease.path, path), 'changed\n');
  expect(await runGit(lease.path, ['status', '--porcelain'])).toBe(` M ${path}`);
  const commit = await committed(lease);
  expect(paths(commit)).toEqual([path]);
  expect(await merge.merge(cwd, state.base.commit, commit.commit)).toMatchObject({ kind: 'merged' });
  expect(await runGit(cwd, ['status', '--porcelain=v2', '--branch'])).toBe(before);
  expect(await runGit(cwd, ['worktree', 'list'])).not.toContain(lease.path);
}

describe('W27 repositories that are not plain', () => {
  test.each([
    { name: 'a shallow clone', make: () => cloned('--depth', '1') },
    { name: 'a partial clone', make: () => cloned('--filter=blob:none') },
    {
      name: 'a detached HEAD',
      make: async () => {
        const dir = await cloned();
        await runGit(dir, ['checkout', '-q', '--detach', 'HEAD~1']);
        return dir;
      },
    },
    {
      name: 'a linked worktree that has its own branch',
      make: async () => {
        const dir = await cloned();
        await runGit(dir, ['worktree', 'add', '-q', '-b', 'side', join(scratch, 'linked')]);
        return join(scratch, 'linked');
      },
    },
    {
      name: 'a repository within another, which does not know it',
      make: async () => {
        const outer = join(await cloned(), 'nested');
        await withFiles(scratch, 'clone', '-q', `file://${origin.dir}`, outer);
        return outer;
      },
    },
  ])('$name', async ({ make }) => {
    await worksIn(await make());
  });

  test('a subfolder as the folder of the run', async () => {
    const dir = join(await cloned(), 'sub');
    const lease = await leased(dir);
    expect(lease.cwd).toBe(join(lease.path, 'sub'));
    await writeFile(join(lease.cwd, 'b.txt'), 'changed\n');
    await writeFile(join(lease.path, 'a.txt'), 'changed too\n');
    expect(paths(await committed(lease))).toEqual(['a.txt', 'sub/b.txt']);
  });

  test.each([
    { kind: 'cone', args: ['set', '--cone', 'sub'], shown: ['a.txt', 'sub/b.txt'] },
    { kind: 'non-cone', args: ['set', '--no-cone', '/other/'], shown: ['other/c.txt'] },
  ])('a sparse checkout ($kind) shows the same part in a worktree, and the rest is not deleted', async (sparse) => {
    const dir = await cloned();
    await runGit(dir, ['sparse-checkout', ...sparse.args]);
    const linked = join(scratch, 'linked');
    await runGit(dir, ['worktree', 'add', '-q', '--detach', linked]);
    await runGit(linked, ['sparse-checkout', ...sparse.args]);
    for (const cwd of [dir, linked]) {
      const lease = await leased(cwd);
      expect(await files(lease.path)).toEqual(sparse.shown);
      const [first = ''] = sparse.shown;
      await writeFile(join(lease.path, first), 'changed\n');
      expect(paths(await committed(lease))).toEqual([first]);
    }
  });

  test('lines end in a worktree as core.autocrlf says, and that is no change', async () => {
    const dir = await cloned();
    await runGit(dir, ['config', 'core.autocrlf', 'true']);
    const lease = await leased(dir);
    expect(await readFile(join(lease.path, 'a.txt'), 'utf8')).toBe('a2\r\n');
    expect(await runGit(lease.path, ['status', '--porcelain'])).toBe('');
    await writeFile(join(lease.path, 'a.txt'), 'a2\r\nmore\r\n');
    const { commit, files: changed } = await committed(lease);
    expect(changed).toEqual([{ path: 'a.txt', status: 'modified', additions: 1, deletions: 0 }]);
    expect(await runGit(dir, ['cat-file', 'blob', `${commit}:a.txt`])).toBe('a2\nmore');
  });

  test('where names are the same in any case, a file keeps the case that it was committed with', async () => {
    const dir = await cloned();
    await runGit(dir, ['config', 'core.ignorecase', 'true']);
    const lease = await leased(dir);
    await writeFile(join(lease.path, 'a.txt'), 'changed\n');
    await writeFile(join(lease.path, 'sub', 'NEW.txt'), 'new\n');
    expect(paths(await committed(lease))).toEqual(['a.txt', 'sub/NEW.txt']);
  });

  test('a bare repository is refused by name', async () => {
    await cloned('--bare');
    expect(await worktrees.inspect(join(scratch, 'clone'))).toMatchObject({
      kind: 'bare',
      message: expect.stringContaining(join(scratch, 'clone')) as string,
    });
  });
});

describe('W27 submodules', () => {
  async function withLibrary(...args: readonly string[]): Promise<string> {
    const dir = await cloned();
    await withFiles(dir, 'submodule', 'add', '-q', library.dir, 'libs/one');
    await runGit(dir, ['commit', '-q', '-m', 'with a library']);
    if (args.length > 0) await withFiles(dir, ...args);
    return dir;
  }

  test('their files are there without a fetch, within each other too, and none of it is a change', async () => {
    const dir = await withLibrary('submodule', 'update', '-q', '--init', '--recursive');
    const lease = await leased(dir);
    expect(await files(join(lease.path, 'libs/one'))).toEqual(['.gitmodules', 'inner/deep.txt', 'lib.txt']);
    expect(notes).toEqual([expect.stringContaining('libs/one/inner')]);
    expect(await runGit(lease.path, ['status', '--porcelain'])).toBe('');
    await writeFile(join(lease.path, 'libs/one/lib.txt'), 'changed\n');
    await writeFile(join(lease.path, 'libs/one/new.txt'), 'new\n');
    await writeFile(join(lease.path, 'a.txt'), 'changed\n');
    expect(paths(await committed(lease))).toEqual(['a.txt']);
    expect(notes.slice(1)).toEqual([expect.stringMatching(/libs\/one is no part of its commit\. It is kept: refs/)]);
    const kept = `refs/dynamic-workflows/${RUN}/submodules/one-1`;
    expect(await runGit(dir, ['show', `${kept}:lib.txt`])).toBe('changed');
    expect(await runGit(dir, ['show', `${kept}:new.txt`])).toBe('new');
    expect(await runGit(join(dir, 'libs/one'), ['status', '--porcelain'])).toBe('');
    expect(await runGit(dir, ['status', '--porcelain'])).toBe('');
  });

  test('those that the checkout does not have stay empty, and are named with what to do', async () => {
    const dir = await withLibrary();
    const lease = await leased(dir);
    expect(await files(join(lease.path, 'libs/one'))).toEqual(['.gitmodules', 'lib.txt']);
    expect(notes).toContainEqual(expect.stringMatching(/libs\/one\/inner\..*git submodule update --init/));
    await lease.release();
  });

  test('one that only another worktree has checked out is found by its name', async () => {
    const dir = await withLibrary();
    const linked = join(scratch, 'linked');
    await runGit(dir, ['worktree', 'add', '-q', '--detach', linked]);
    const lease = await leased(linked);
    expect(await readFile(join(lease.path, 'libs/one/lib.txt'), 'utf8')).toBe('lib\n');
    await lease.release();
  });

  test('an agent that moves a submodule to another commit commits no such move', async () => {
    const dir = await withLibrary();
    const lease = await leased(dir);
    const inside = join(lease.path, 'libs/one');
    await runGit(inside, ['init', '-q']);
    await runGit(inside, ['commit', '-q', '--allow-empty', '-m', 'mine']);
    await runGit(lease.path, ['add', '-A']);
    await writeFile(join(lease.path, 'a.txt'), 'changed\n');
    expect(paths(await committed(lease))).toEqual(['a.txt']);
  });
});

describe('W27 files that a filter changes, as large ones do', () => {
  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

  async function withPointer(): Promise<string> {
    const dir = await cloned();
    await writeFile(join(dir, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    await writeFile(join(dir, 'large.bin'), POINTER);
    await runGit(dir, ['add', '-A']);
    await runGit(dir, ['commit', '-q', '-m', 'a pointer']);
    return dir;
  }

  test('where nothing fetches them, pointers stay pointers', async () => {
    const dir = await withPointer();
    await worksIn(dir);
    const lease = await leased(dir, 'two');
    expect(await readFile(join(lease.path, 'large.bin'), 'utf8')).toBe(POINTER);
    await lease.release();
  });

  test('a program that is required and missing is named, and nothing is left', async () => {
    const dir = await withPointer();
    await runGit(dir, ['config', 'filter.lfs.required', 'true']);
    await runGit(dir, ['config', 'filter.lfs.smudge', 'git-lfs-that-is-not-here smudge -- %f']);
    await runGit(dir, ['config', 'filter.lfs.clean', 'git-lfs-that-is-not-here clean -- %f']);
    const result = await worktrees.acquire(dir, { runId: RUN, name: 'one', commit: 'HEAD' }, signal);
    expect(result).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/large\.bin.*filter "lfs".*Git LFS/) as string,
    });
    expect(await runGit(dir, ['worktree', 'list'])).not.toContain(RUN);
  });

  test('a filter that works runs for a worktree as for the checkout', async () => {
    const dir = await withPointer();
    await runGit(dir, ['config', 'filter.lfs.required', 'true']);
    await runGit(dir, ['config', 'filter.lfs.smudge', 'sed s/size/SIZE/']);
    await runGit(dir, ['config', 'filter.lfs.clean', 'sed s/SIZE/size/']);
    const lease = await leased(dir);
    expect(await readFile(join(lease.path, 'large.bin'), 'utf8')).toBe(POINTER.replace('size', 'SIZE'));
    await writeFile(join(lease.path, 'large.bin'), POINTER.replace('size', 'SIZE').replace('12345', '6'));
    const { commit } = await committed(lease);
    expect(await runGit(dir, ['cat-file', 'blob', `${commit}:large.bin`])).toBe(POINTER.replace('12345', '6').trim());
  });
});
