import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createGit } from './git.ts';
import { compare } from './gitCommits.ts';
import { fileAt, filesBetween } from './gitObjects.ts';
import { type GitRepository, withGitRepository } from '../../test/support/gitRepository.ts';

const git = createGit(process.env);
const FILES = { 'a.txt': 'one\ntwo\nthree\nfour\n', 'old name.txt': 'kept\nas\nit\nis\n', 'gone.txt': 'x\n' };

async function withTwoCommits(
  body: (repo: GitRepository, base: string, commit: string) => Promise<void>,
): Promise<void> {
  await withGitRepository(FILES, async (repo) => {
    const base = await repo.git('rev-parse', 'HEAD');
    await repo.write('a.txt', 'one\ntwo\nthree\nfünf\n');
    await repo.write('sub/new.bin', new Uint8Array([1, 0, 2]));
    await repo.git('mv', 'old name.txt', 'sub/new name.txt');
    await repo.git('rm', '-q', 'gone.txt');
    await body(repo, base, await repo.commit());
  });
}

describe('git objects', () => {
  test('files are read as a commit has them, whatever is checked out', async () => {
    await withTwoCommits(async (repo, base, commit) => {
      await repo.write('a.txt', 'not committed\n');
      expect(await fileAt(git, repo.dir, base, 'a.txt')).toEqual({ kind: 'text', text: FILES['a.txt'] });
      expect(await fileAt(git, repo.dir, commit, 'a.txt')).toEqual({ kind: 'text', text: 'one\ntwo\nthree\nfünf\n' });
      expect(await fileAt(git, repo.dir, commit, 'sub/new.bin')).toEqual({ kind: 'binary' });
      expect(await fileAt(git, repo.dir, commit, 'gone.txt')).toEqual({ kind: 'absent' });
      expect(await fileAt(git, repo.dir, base, 'sub/new.bin')).toEqual({ kind: 'absent' });
    });
  });

  test('a commit that is not there, and a folder that is none, are told from a file that is absent', async () => {
    await withTwoCommits(async (repo, base) => {
      const unknown = '1'.repeat(40);
      expect(await fileAt(git, repo.dir, unknown, 'a.txt')).toMatchObject({ kind: 'unreadable' });
      expect(await fileAt(git, `${repo.dir}/nowhere`, base, 'a.txt')).toMatchObject({ kind: 'unreadable' });
      expect(await filesBetween(git, repo.dir, base, unknown)).toMatchObject({ kind: 'unreadable' });
    });
  });

  test.each(['base', 'commit'])('a %s that is an option to git writes no file', async (side) => {
    await withTwoCommits(async (repo, base, commit) => {
      const option = `--output=${repo.dir}/a.txt`;
      const before = await readFile(`${repo.dir}/a.txt`, 'utf8');
      const [from, to] = side === 'base' ? [option, commit] : [base, option];
      expect(await filesBetween(git, repo.dir, from, to)).toMatchObject({ kind: 'unreadable' });
      await expect(compare(git, { cwd: repo.dir }, from, to)).rejects.toThrow(/is no commit/);
      expect(await fileAt(git, repo.dir, option, 'a.txt')).toMatchObject({ kind: 'unreadable' });
      expect(await readFile(`${repo.dir}/a.txt`, 'utf8')).toBe(before);
    });
  });

  test('files that differ come with their paths on both sides', async () => {
    await withTwoCommits(async (repo, base, commit) => {
      expect(await filesBetween(git, repo.dir, base, commit)).toEqual({
        kind: 'read',
        files: [
          { before: 'a.txt', after: 'a.txt' },
          { before: 'gone.txt', after: null },
          { before: 'old name.txt', after: 'sub/new name.txt' },
          { before: null, after: 'sub/new.bin' },
        ],
      });
      expect(await filesBetween(git, repo.dir, commit, commit)).toEqual({ kind: 'read', files: [] });
    });
  });
});
