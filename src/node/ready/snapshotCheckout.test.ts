import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorktreeStage, STAGE_RUN, type WorktreeStage } from '../../../test/support/worktreeStage.ts';
import { runGit } from '../../../test/support/gitRepository.ts';
import type { BaseCommit } from '../../protocol/run.ts';
import { createGit } from '../git.ts';
import { inspect } from '../gitPlace.ts';
import { snapshotCheckout } from './snapshotCheckout.ts';

const git = createGit();
let stage: WorktreeStage;
beforeEach(async () => {
  stage = await openWorktreeStage({
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'c.txt': 'c\n',
    'sub/d.txt': 'd\n',
    '.gitignore': '*.log\n',
  });
});
afterEach(() => stage.dispose());

const baseOf = async (cwd = stage.repository.dir): Promise<BaseCommit> => {
  const state = await inspect(git, cwd);
  if (state.kind !== 'ready') throw new Error(state.message);
  return state.base;
};

/** Everything of the person's that a snapshot must leave alone. */
async function personal(cwd = stage.repository.dir): Promise<readonly string[]> {
  const gitDir = await runGit(cwd, ['rev-parse', '--absolute-git-dir']);
  return Promise.all([
    readFile(join(gitDir, 'index'), 'base64'),
    runGit(cwd, ['status', '--porcelain=v2', '--branch', '--untracked-files=all']),
    runGit(cwd, ['for-each-ref', 'refs/heads', 'refs/stash']),
    runGit(cwd, ['diff']),
  ]);
}

async function taken(cwd = stage.repository.dir) {
  const base = await baseOf(cwd);
  const result = await snapshotCheckout(git, cwd, { runId: STAGE_RUN, base });
  if (result.kind !== 'ready') throw new Error(result.message);
  return { before: base, base: result.base };
}

test('W27 a submodule that was moved on and staged is in it, also one that git is told to say nothing of', async () => {
  const { repository } = stage;
  await repository.write('.gitmodules', '[submodule "one"]\n\tpath = one\n\turl = ./one\n\tignore = all\n');
  const stand = (commit: string) => repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},one`);
  await stand('1'.repeat(40));
  await repository.git('add', '.gitmodules');
  await repository.git('commit', '-q', '-m', 'with a submodule');
  await stand('2'.repeat(40));
  const { before, base } = await taken();
  expect(base.commit).not.toBe(before.commit);
  expect(await repository.git('ls-tree', base.commit, 'one')).toContain('2'.repeat(40));
});

test('W27 what is not committed becomes a commit on HEAD that a private ref keeps; nothing of the person’s changes', async () => {
  const { repository } = stage;
  await repository.write('a.txt', 'changed\n');
  await repository.write('b.txt', 'staged\n');
  await repository.git('add', 'b.txt');
  await repository.write('b.txt', 'and changed again\n');
  await rm(join(repository.dir, 'c.txt'));
  await repository.write('new/e.txt', 'untracked\n');
  await repository.write('noise.log', 'ignored\n');
  await repository.git('stash', 'create');
  const own = await personal();

  const { before, base } = await taken();

  expect(await personal()).toEqual(own);
  expect(base).toEqual({ ...before, commit: base.commit, snapshot: true, head: before.commit });
  expect(await repository.git('rev-parse', `refs/dynamic-workflows/${STAGE_RUN}/snapshot`)).toBe(base.commit);
  expect(await repository.git('rev-parse', `${base.commit}^@`)).toBe(before.commit);
  expect(await repository.git('ls-tree', '-r', '--name-only', base.commit)).toBe(
    ['.gitignore', 'a.txt', 'b.txt', 'new/e.txt', 'sub/d.txt'].join('\n'),
  );
  expect(await repository.git('show', `${base.commit}:b.txt`)).toBe('and changed again');
  expect((await stage.traces()).locks).toEqual([]);
  expect(await repository.git('fsck', '--no-dangling')).toBe('');
});

test('W27 a worktree on a snapshot has those files, and its change is against them', async () => {
  await stage.repository.write('a.txt', 'changed\n');
  const { base } = await taken(join(stage.repository.dir, 'sub'));
  const request = { runId: STAGE_RUN, name: 'one', commit: base.commit };
  const result = await stage.worktrees.acquire(stage.repository.dir, request, new AbortController().signal);
  if (result.kind !== 'leased') throw new Error(result.message);
  const { lease } = result;
  expect(await readFile(join(lease.path, 'a.txt'), 'utf8')).toBe('changed\n');
  await writeFile(join(lease.path, 'b.txt'), 'B\n');
  const commit = await lease.commit(
    { branch: `workflow/${STAGE_RUN}/one`, message: 'b' },
    new AbortController().signal,
  );
  expect(commit?.files.map(({ path }) => path)).toEqual(['b.txt']);
  await lease.release();
});

test('W27 a clean checkout is its own base', async () => {
  const { before, base } = await taken();
  expect(base).toBe(before);
  expect(await stage.repository.git('for-each-ref', 'refs/dynamic-workflows')).toBe('');
});

test('W27 what is changed and only ignored makes no snapshot', async () => {
  await stage.repository.write('noise.log', 'ignored\n');
  expect((await taken()).base.snapshot).toBeUndefined();
});

test('W27 a file with a conflict stops it, with what to do', async () => {
  const { repository } = stage;
  await repository.git('checkout', '-q', '-b', 'other');
  await repository.write('a.txt', 'theirs\n');
  await repository.commit();
  await repository.git('checkout', '-q', 'main');
  await repository.write('a.txt', 'ours\n');
  await repository.commit();
  await expect(repository.git('merge', 'other')).rejects.toThrow('merge');
  const own = await personal();
  const result = await snapshotCheckout(git, repository.dir, { runId: STAGE_RUN, base: await baseOf() });
  expect(result).toMatchObject({ kind: 'failed', message: expect.stringContaining('Resolve them') as string });
  expect(await personal()).toEqual(own);
});

test('W27 a linked worktree, a split index, a detached HEAD and a repository within', async () => {
  const { repository } = stage;
  const linked = join(stage.home, 'linked');
  await repository.git('worktree', 'add', '-q', '--detach', linked);
  await runGit(linked, ['update-index', '--split-index']);
  await mkdir(join(linked, 'nested'));
  await runGit(join(linked, 'nested'), ['init', '-q']);
  await writeFile(join(linked, 'nested', 'x.txt'), 'x\n');
  await writeFile(join(linked, 'a.txt'), 'linked\n');
  const own = await personal(linked);
  const { base } = await taken(linked);
  expect(await personal(linked)).toEqual(own);
  expect(base.branch).toBeUndefined();
  expect(await repository.git('show', `${base.commit}:a.txt`)).toBe('linked');
  expect(await repository.git('ls-tree', '-r', '--name-only', base.commit)).not.toContain('nested');
});

test('W27 files that a sparse checkout does not show are not deleted', async () => {
  const { repository } = stage;
  await repository.git('sparse-checkout', 'set', '--no-cone', '/a.txt');
  await repository.write('a.txt', 'changed\n');
  const { base } = await taken();
  expect(await repository.git('ls-tree', '-r', '--name-only', base.commit)).toContain('sub/d.txt');
  expect(await repository.git('show', `${base.commit}:a.txt`)).toBe('changed');
});
