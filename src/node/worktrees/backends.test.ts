import { appendFile, chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTRACT_FILES, worktreesContract } from '../../workflow/worktrees.contract.ts';
import { runGit } from '../../../test/support/gitRepository.ts';
import { NO_TRACES, openWorktreeStage, STAGE_RUN, type WorktreeStage } from '../../../test/support/worktreeStage.ts';
import { createGit } from '../git.ts';
import { createMergeRepository } from '../gitMerge.ts';
import type { BackendKind } from './backend.ts';
import { tryBackends } from './chooseBackend.ts';

const refused = new Map(Object.entries(await tryBackends(tmpdir())));
const signal = new AbortController().signal;

describe.each<BackendKind>(['plain', 'reflink', 'overlay'])('%s', (kind) => {
  const why = refused.get(kind);
  if (typeof why === 'string') {
    test.skip(`the backend ${kind} does not work here: ${why}`, () => undefined);
    return;
  }

  worktreesContract(`git with the backend ${kind}`, async () => {
    const stage = await openWorktreeStage(CONTRACT_FILES, kind);
    const { repository, worktrees } = stage;
    return {
      worktrees,
      merge: createMergeRepository(createGit()),
      cwd: repository.dir,
      base: await repository.git('rev-parse', 'HEAD'),
      write: async (lease, file, content) => {
        const path = join(lease.path, file);
        await mkdir(dirname(path), { recursive: true });
        await (content === null ? rm(path) : writeFile(path, content));
      },
      read: (lease, file) => readFile(join(lease.path, file), 'utf8').catch(() => null),
      readAt: (commit, file) =>
        repository
          .git('show', `${commit}:${file}`)
          .then((text) => `${text}\n`)
          .catch(() => null),
      dispose: () => stage.dispose(),
    };
  });

  describe('W27 a worktree is one to everybody', () => {
    let stage: WorktreeStage;
    beforeEach(async () => {
      stage = await openWorktreeStage({ ...CONTRACT_FILES, 'sub/deep/c.txt': 'c\n', 'run.sh': '#!/bin/sh\n' }, kind);
    });
    afterEach(() => stage.dispose());
    const commit = (name: string) => ({ branch: `workflow/${STAGE_RUN}/${name}`, message: 'work' });

    test('git lists it, locked, finds it clean at once, and finds nothing of it elsewhere', async () => {
      const [one, two] = [await stage.lease('one'), await stage.lease('two')];
      const listed = await stage.repository.git('worktree', 'list', '--porcelain');
      for (const own of [one, two]) {
        expect(listed).toContain(`worktree ${own.path}\nHEAD ${own.base}\ndetached\nlocked `);
        expect(await runGit(own.path, ['status', '--porcelain', '--ignored'])).toBe('');
        expect(await runGit(own.path, ['diff-index', '--raw', 'HEAD'])).toBe('');
        expect(await runGit(own.path, ['rev-parse', '--show-toplevel'])).toBe(own.path);
      }
      expect(await stage.repository.git('status', '--porcelain')).toBe('');
      expect(await stage.repository.git('fsck', '--strict')).toBe('');
      expect(await stage.repository.git('worktree', 'prune', '-v')).toBe('');
      await Promise.all([one.release(), two.release()]);
      expect(await stage.traces()).toEqual(NO_TRACES);
    });

    test('what an agent appends, renames, removes or protects is in its worktree alone, and in its commit', async () => {
      const [one, two] = [await stage.lease('one'), await stage.lease('two')];
      await appendFile(join(one.path, 'a.txt'), 'more\n');
      await rename(join(one.path, 'sub'), join(one.path, 'moved'));
      await rm(join(one.path, 'b.txt'));
      await chmod(join(one.path, 'run.sh'), 0o755);
      const made = await one.commit(commit('one'), signal);
      expect(made?.files.map(({ path, status }) => `${status} ${path}`)).toEqual([
        'modified a.txt',
        'deleted b.txt',
        'renamed moved/deep/c.txt',
        'modified run.sh',
      ]);
      expect((await readdir(two.path)).sort()).toEqual(['.git', 'a.txt', 'b.txt', 'run.sh', 'sub']);
      expect(await readFile(join(two.path, 'a.txt'), 'utf8')).toBe('a\n');
      expect((await stat(join(two.path, 'run.sh'))).mode & 0o111).toBe(0);
      expect(await two.commit(commit('two'), signal)).toBeNull();
      expect(await stage.repository.read('a.txt')).toBe('a\n');
      await Promise.all([one.release(), two.release()]);
    });

    test('an agent’s own git works, and a commit of its own keeps the others clean', async () => {
      const [one, two] = [await stage.lease('one'), await stage.lease('two')];
      await writeFile(join(one.path, 'a.txt'), 'A\n');
      await runGit(one.path, ['checkout', '-q', '-b', 'mine']);
      await runGit(one.path, ['commit', '-q', '-a', '-m', 'by the agent']);
      await runGit(one.path, ['reset', '-q', '--hard', 'HEAD~1']);
      await runGit(one.path, ['stash', 'list']);
      expect(await runGit(one.path, ['status', '--porcelain'])).toBe('');
      expect(await runGit(two.path, ['status', '--porcelain'])).toBe('');
      expect(await runGit(two.path, ['rev-parse', 'HEAD'])).toBe(two.base);
      await Promise.all([one.release(), two.release()]);
    });

    test('an edit of the same size in the same second is seen', async () => {
      const own = await stage.lease('one');
      await writeFile(join(own.path, 'a.txt'), 'A\n');
      expect((await own.commit(commit('one'), signal))?.files.map(({ path }) => path)).toEqual(['a.txt']);
      expect(await runGit(own.path, ['status', '--porcelain'])).toBe(' M a.txt');
      await own.release();
    });

    test('twenty at once, from one commit and another', async () => {
      await stage.repository.write('a.txt', 'second\n');
      await stage.repository.write('new.txt', 'new\n');
      const second = await stage.repository.commit();
      const lease = async (i: number) => {
        const request = { runId: STAGE_RUN, name: `w${i}`, commit: i % 2 === 0 ? 'HEAD' : `${second}~1` };
        const result = await stage.worktrees.acquire(stage.repository.dir, request, signal);
        if (result.kind === 'failed') throw new Error(result.message);
        return result.lease;
      };
      const all = await Promise.all(Array.from({ length: 20 }, (_, i) => lease(i)));
      for (const [i, own] of all.entries()) {
        expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe(i % 2 === 0 ? 'second\n' : 'a\n');
        expect(await runGit(own.path, ['status', '--porcelain'])).toBe('');
      }
      await Promise.all(all.map((own) => own.release()));
      expect(await stage.traces()).toEqual(NO_TRACES);
    });
  });
});
