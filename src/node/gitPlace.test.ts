import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitRepository, runGit, type GitRepository } from '../../test/support/gitRepository.ts';
import { createGit } from './git.ts';
import { inspect, locate, parseStatus } from './gitPlace.ts';

const git = createGit();
let repository: GitRepository;
let scratch = '';
beforeEach(async () => {
  repository = await createGitRepository({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', '.gitignore': 'ignored/\n' });
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'dwf-place-')));
});
afterEach(async () => {
  await repository.dispose();
  await rm(scratch, { recursive: true, force: true });
});

test.each([
  { name: 'a folder that is no repository', kind: 'no-repository', message: /git init/, make: async () => scratch },
  {
    name: 'a folder that is not there',
    kind: 'no-repository',
    message: /does not exist\. Choose/,
    make: async () => join(scratch, 'gone'),
  },
  {
    name: 'a repository without a commit',
    kind: 'no-commit',
    message: /Commit once/,
    make: async () => {
      await runGit(scratch, ['init', '-q']);
      return scratch;
    },
  },
  {
    name: 'a bare repository',
    kind: 'bare',
    message: /checked out/,
    make: async () => {
      await runGit(scratch, ['clone', '-q', '--bare', repository.dir, 'bare.git']);
      return join(scratch, 'bare.git');
    },
  },
  {
    name: 'the git folder itself',
    kind: 'no-repository',
    message: /git folder itself/,
    make: async () => join(repository.dir, '.git'),
  },
])('W27 $name is told, in one line with what to do', async ({ kind, message, make }) => {
  const state = await inspect(git, await make());
  expect(state).toMatchObject({ kind, message: expect.stringMatching(message) as string });
  expect(JSON.stringify(state)).not.toContain(String.raw`\n`);
});

test('W27 git is asked once whether a folder is in a repository that is in none', async () => {
  const asked: (readonly string[])[] = [];
  const counted: typeof git = (call, signal) => {
    asked.push(call.args);
    return git(call, signal);
  };
  expect(await locate(counted, scratch)).toMatchObject({ kind: 'no-repository' });
  expect(asked).toHaveLength(1);
});

test('W27 a machine without git is told', async () => {
  expect(await inspect(createGit({ PATH: scratch }), repository.dir)).toMatchObject({
    kind: 'no-git',
    message: expect.stringContaining('Install git') as string,
  });
});

test('W27 the commit and branch of a checkout, from a subfolder and by a symlink too', async () => {
  const base = { commit: await repository.git('rev-parse', 'HEAD'), branch: 'main', dirtyFiles: 0 };
  await symlink(repository.dir, join(scratch, 'way'));
  for (const cwd of [repository.dir, join(repository.dir, 'sub'), join(scratch, 'way/sub')]) {
    expect(await inspect(git, cwd)).toEqual({ kind: 'ready', root: repository.dir, base });
  }
});

test('W27 a detached HEAD has no branch; a linked worktree has its own', async () => {
  await repository.git('worktree', 'add', '-q', '-b', 'feature/side', join(scratch, 'linked'));
  await repository.git('checkout', '-q', '--detach');
  const state = await inspect(git, repository.dir);
  expect(state.kind === 'ready' && 'branch' in state.base).toBe(false);
  expect(await inspect(git, join(scratch, 'linked'))).toMatchObject({
    root: join(scratch, 'linked'),
    base: { branch: 'feature/side' },
  });
});

test('W27 what is not committed is counted: changed, staged, deleted, renamed and untracked, not ignored', async () => {
  await repository.write('moved.txt', 'a text that is long enough to be known again\n');
  await repository.write('gone.txt', 'x\n');
  await repository.commit();
  await repository.write('a.txt', 'changed\n');
  await repository.write('sub/b.txt', 'staged\n');
  await repository.git('add', 'sub/b.txt');
  await rm(join(repository.dir, 'gone.txt'));
  await repository.git('mv', 'moved.txt', '? untracked\nname.txt');
  await repository.write('new/one.txt', '1');
  await repository.write('new/two "2"\n.txt', '2');
  await repository.write('ignored/file', 'x');
  expect(await inspect(git, join(repository.dir, 'sub'))).toMatchObject({ base: { dirtyFiles: 6 } });
});

test('a checkout is found by one call of git: it is looked for at every worktree', async () => {
  let calls = 0;
  const counted: typeof git = (call, signal) => {
    calls += 1;
    return git(call, signal);
  };
  expect(await locate(counted, join(repository.dir, 'sub'))).toMatchObject({ place: { prefix: 'sub/' } });
  expect(calls).toBe(1);
});

test('a folder beside the files that its repository is about', async () => {
  await repository.git('config', 'core.worktree', join(repository.dir, 'sub'));
  expect(await locate(git, repository.dir)).toMatchObject({ kind: 'no-repository' });
});

test('a folder whose name has a newline', async () => {
  const odd = join(scratch, 'two\nlines');
  await mkdir(odd);
  await runGit(odd, ['init', '-q']);
  expect(await locate(git, odd)).toEqual({
    kind: 'located',
    place: { gitDir: join(odd, '.git'), commonDir: join(odd, '.git'), root: odd, prefix: '' },
  });
});

test('status is read as git writes it', () => {
  const stdout = ['# branch.oid 0123abcd', '# branch.head a b', '2 R. N... x new', '? old', '? real', 'u UU', ''].join(
    '\0',
  );
  expect(parseStatus(stdout)).toEqual({ commit: '0123abcd', branch: 'a b', dirtyFiles: 3 });
});
