import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withGitRepository, type GitRepository } from '../../test/support/gitRepository.ts';
import { folderState } from './folderState.ts';
import { createGit } from './git.ts';

const git = createGit();
const FILES = { 'a.txt': 'a\n', 'folder/b c.txt': 'b\n', '.gitignore': 'out\n' };

async function withCheckout(body: (repo: GitRepository, state: () => Promise<string | null>) => Promise<void>) {
  await withGitRepository(FILES, (repo) => body(repo, () => folderState(git, repo.dir)));
}

describe('W42 the state of a folder', () => {
  test.each([
    { name: 'a file is changed', change: (repo: GitRepository) => repo.write('a.txt', 'A\n') },
    {
      name: 'a file is staged',
      change: (repo: GitRepository) => repo.write('a.txt', 'A\n').then(() => repo.git('add', '-A')),
    },
    { name: 'a file is new', change: (repo: GitRepository) => repo.write('new name.txt', 'n\n') },
    { name: 'a file is gone', change: (repo: GitRepository) => rm(join(repo.dir, 'folder/b c.txt')) },
    { name: 'a file can be run', change: (repo: GitRepository) => chmod(join(repo.dir, 'a.txt'), 0o755) },
    { name: 'a link is new', change: (repo: GitRepository) => symlink('a.txt', join(repo.dir, 'link')) },
    { name: 'HEAD has moved', change: (repo: GitRepository) => repo.write('a.txt', 'A\n').then(() => repo.commit()) },
  ])('is another one when $name', ({ change }) =>
    withCheckout(async (repo, state) => {
      const before = await state();
      expect(before).toMatch(/^[0-9a-f]{32}$/);
      await change(repo);
      expect(await state()).not.toBe(before);
    }),
  );

  test.each([
    { name: 'nothing was done', change: async () => undefined },
    { name: 'a file was written again as it is', change: (repo: GitRepository) => repo.write('a.txt', 'a\n') },
    { name: 'what is ignored changed', change: (repo: GitRepository) => repo.write('out', 'x') },
    {
      name: 'a commit changed nothing',
      change: (repo: GitRepository) => repo.git('commit', '--allow-empty', '-m', 'empty'),
    },
  ])('is the same when $name', ({ change }) =>
    withCheckout(async (repo, state) => {
      const before = await state();
      await change(repo);
      expect(await state()).toBe(before);
    }),
  );

  test('is the same once changes are committed as they are', () =>
    withCheckout(async (repo, state) => {
      await repo.write('a.txt', 'A\n');
      await repo.write('new.txt', 'n\n');
      await symlink('a.txt', join(repo.dir, 'link'));
      const before = await state();
      await repo.commit();
      expect(await state()).toBe(before);
    }));

  test('cannot be told where there is no repository', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dwf-folder-'));
    try {
      expect(await folderState(git, dir)).toBeNull();
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
