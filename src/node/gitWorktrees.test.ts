import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGate } from './gate.ts';
import { createGit } from './git.ts';
import { halfWrittenBeside } from './halfWritten.ts';
import { createGitWorktrees } from './gitWorktrees.ts';
import { MAX_DIFF_CHARS, type Lease, type Worktrees } from '../workflow/worktrees.ts';
import { CONTRACT_FILES } from '../workflow/worktrees.contract.ts';
import { runGit, withGitRepository, type GitRepository } from '../../test/support/gitRepository.ts';
import {
  leaseMany,
  NO_TRACES,
  openWorktreeStage,
  STAGE_RUN,
  type WorktreeStage,
} from '../../test/support/worktreeStage.ts';

const signal = new AbortController().signal;
let stage: WorktreeStage;
let home = '';
let repository: GitRepository;
let worktrees: Worktrees;
async function setUp(): Promise<void> {
  stage = await openWorktreeStage(CONTRACT_FILES, 'plain');
  ({ home, repository, worktrees } = stage);
}
const tearDown = () => stage.dispose();
const lease: WorktreeStage['lease'] = (...args) => stage.lease(...args);
const traces = () => stage.traces();
const commitOf = (own: Lease, branch = `workflow/${STAGE_RUN}/one`) => own.commit({ branch, message: 'work' }, signal);

/** A repository whose own configuration runs a program as soon as git asks there what has changed; returns its log. */
async function trapIn(folder: string): Promise<string> {
  const spy = join(home, 'spy');
  await mkdir(folder, { recursive: true });
  await runGit(folder, ['init', '-q']);
  await writeFile(join(folder, '.gitattributes'), '* filter=trap\n');
  await writeFile(join(folder, 'bait'), 'one\n');
  await runGit(folder, ['add', '-A']);
  await runGit(folder, ['commit', '-q', '-m', 'inner']);
  await runGit(folder, ['config', 'filter.trap.clean', `echo ran >> ${spy}; cat`]);
  await writeFile(join(folder, 'bait'), 'two\n');
  await runGit(folder, ['status']);
  expect(await readFile(spy, 'utf8')).toContain('ran');
  await writeFile(spy, '');
  return spy;
}

describe('W27 worktrees of git', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test('a dirty checkout stays as it is, and shows nothing of a worktree', async () => {
    await repository.write('a.txt', 'dirty\n');
    await repository.write('untracked.txt', 'new\n');
    await repository.write('b.txt', 'staged\n');
    await repository.git('add', 'b.txt');
    const before = await repository.git('status', '--porcelain');
    const index = await readFile(join(repository.dir, '.git/index'));
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    expect(await readFile(join(own.path, 'b.txt'), 'utf8')).toBe('b\n');
    await commitOf(own);
    expect(await repository.git('status', '--porcelain')).toBe(before);
    await own.release();
    expect(await repository.git('status', '--porcelain')).toBe(before);
    expect(await readFile(join(repository.dir, '.git/index'))).toEqual(index);
    expect(await repository.read('a.txt')).toBe('dirty\n');
    expect(own.path.startsWith(repository.dir)).toBe(false);
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('W37 who has to wait until one is filled is told so', async () => {
    const gate = createGate(1);
    const others = Promise.withResolvers<null>();
    const running = gate.run(() => others.promise, signal);
    const queued = Promise.withResolvers<{ readonly over: Promise<null> }>();
    const hear = (over: Promise<null>): void => queued.resolve({ over });
    const own = createGitWorktrees({ home, git: createGit(), gate, backend: 'plain' });
    const request = { runId: STAGE_RUN, name: 'one', commit: 'HEAD', onQueued: hear };
    const acquiring = own.acquire(repository.dir, request, signal);
    const { over } = await queued.promise;
    others.resolve(null);
    await Promise.all([running, over]);
    const leased = await acquiring;
    expect(leased.kind).toBe('leased');
    if (leased.kind === 'leased') await leased.lease.release();
    await own.close();
  });

  test('eight at once, from one process', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => lease(`w${i}`)));
    for (const own of all) expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe('a\n');
    expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(9);
    await Promise.all(all.map((own) => own.release()));
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('of two that want the same name at once one gets it, and keeps it', async () => {
    for (const name of ['one', 'two', 'three']) {
      const two = await Promise.all([0, 1].map(() => lease(name).catch((error: unknown) => String(error))));
      expect(two.filter((one) => typeof one === 'string')).toEqual([expect.stringContaining('in use')]);
      const [own] = two.filter((one) => typeof one !== 'string');
      if (!own) throw new Error('nobody got it');
      await writeFile(join(own.path, 'a.txt'), 'A\n');
      expect((await commitOf(own, `workflow/${STAGE_RUN}/${name}`))?.files).toHaveLength(1);
      await own.release();
    }
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('eight at once, from two more processes', async () => {
    const outputs = await Promise.all(
      ['x', 'y'].map((prefix) => stage.inOtherProcess(leaseMany(prefix, 8, 'release'))),
    );
    expect(outputs).toEqual(['leased 8\n', 'leased 8\n']);
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('rename, binary, delete, new, mode, symlink and odd names are told and committed', async () => {
    const text = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('');
    await repository.write('long.txt', text);
    await repository.write('run.sh', '#!/bin/sh\n');
    await repository.write('.gitignore', 'ignored\n');
    await repository.commit();
    const own = await lease();
    const at = (name: string) => join(own.path, name);
    const odd = 'odd "name"\twith\nnewline — ünï.txt';
    await rename(at('long.txt'), at('moved.txt'));
    await writeFile(at('picture.bin'), new Uint8Array([0, 1, 2, 0]));
    await rm(at('b.txt'));
    await writeFile(at(odd), 'odd\n');
    await chmod(at('run.sh'), 0o755);
    await symlink('/etc/passwd', at('link'));
    await writeFile(at('ignored'), 'x\n');
    await writeFile(at('a.txt'), 'A\nAA\n');
    const commit = await commitOf(own);
    const files = [...(commit?.files ?? [])].sort((one, two) => (one.path < two.path ? -1 : 1));
    expect(files).toEqual([
      { path: 'a.txt', status: 'modified', additions: 2, deletions: 1 },
      { path: 'b.txt', status: 'deleted', additions: 0, deletions: 1 },
      { path: 'link', status: 'added', additions: 1, deletions: 0 },
      { path: 'moved.txt', status: 'renamed', additions: 0, deletions: 0 },
      { path: odd, status: 'added', additions: 1, deletions: 0 },
      { path: 'picture.bin', status: 'added', additions: 0, deletions: 0 },
      { path: 'run.sh', status: 'modified', additions: 0, deletions: 0 },
    ]);
    expect(await repository.git('ls-tree', commit?.commit ?? '', 'link', 'run.sh')).toMatch(/^120000 .*\n100755 /);
    await own.release();
  });

  test('a worktree of which everything is deleted is an empty tree', async () => {
    const own = await lease();
    await rm(join(own.path, 'a.txt'));
    await rm(join(own.path, 'b.txt'));
    const commit = await commitOf(own);
    expect(commit?.files.map(({ status }) => status)).toEqual(['deleted', 'deleted']);
    await own.release();
  });

  test.each([
    { name: 'which no rule ignores', rules: '' },
    { name: 'which a rule ignores too', rules: '*.tmp\n' },
  ])('a file that a kill has left half-written is no work of the agent’s: one $name', async ({ rules }) => {
    const own = await lease();
    if (rules !== '') await writeFile(join(own.path, '.gitignore'), rules);
    await mkdir(join(own.path, 'src', '[x]'), { recursive: true });
    for (const path of ['a.txt', 'src/[x]/new.txt'])
      await writeFile(halfWrittenBeside(join(own.path, path), '0123456789ab'), 'hal');
    await writeFile(join(own.path, 'src', '.new.txt.of-the-agent.dwf.tmp~'), 'whole\n');
    const commit = await commitOf(own);
    const kept = ['src/.new.txt.of-the-agent.dwf.tmp~'];
    expect(commit?.files.map(({ path }) => path)).toEqual(rules === '' ? kept : ['.gitignore', ...kept]);
    await own.release();
  });

  test('what the agent committed, staged or checked out counts as what lies there at the end', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    await runGit(own.path, ['checkout', '-q', '-b', 'mine']);
    await runGit(own.path, ['commit', '-q', '-a', '-m', 'by the agent']);
    await writeFile(join(own.path, 'b.txt'), 'B\n');
    await runGit(own.path, ['update-index', '--assume-unchanged', 'b.txt']);
    const commit = await commitOf(own);
    expect(commit?.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
    expect(await repository.git('rev-parse', `${commit?.commit ?? ''}^`)).toBe(own.base);
    await own.release();
  });

  test('commits are the person’s where git knows one, else ours, and never signed', async () => {
    const own = await lease();
    const show = async () => {
      await writeFile(join(own.path, 'a.txt'), `${Math.random()}\n`);
      return repository.git('show', '-s', '--format=%an <%ae> %cn %G?', (await commitOf(own))?.commit ?? '');
    };
    expect(await show()).toBe('Dynamic Workflows <workflows@localhost> Dynamic Workflows N');
    await repository.git('config', 'user.name', 'Grace');
    await repository.git('config', 'user.email', 'grace@example.com');
    await repository.git('config', 'commit.gpgSign', 'true');
    await repository.git('config', 'gpg.program', '/bin/false');
    expect(await show()).toBe('Grace <grace@example.com> Grace N');
    await own.release();
  });

  test('no hook and no file monitor of the repository runs', async () => {
    const spy = join(home, 'spy');
    for (const hook of ['post-checkout', 'pre-commit', 'post-index-change', 'reference-transaction', 'fsmonitor']) {
      const path = join(repository.dir, '.git/hooks', hook);
      await writeFile(path, `#!/bin/sh\necho ${hook} >> ${spy}\n`, { mode: 0o755 });
    }
    await repository.git('config', 'core.fsmonitor', join(repository.dir, '.git/hooks/fsmonitor'));
    await worktrees.inspect(repository.dir);
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    await commitOf(own);
    await own.release();
    expect(await readFile(spy, 'utf8').catch(() => 'nothing')).toBe('nothing');
  });

  test('a nested repository is neither obeyed nor committed', async () => {
    const own = await lease();
    const spy = await trapIn(join(own.path, 'nested'));
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    for (let i = 0; i < 2; i++) expect((await commitOf(own))?.files.map(({ path }) => path)).toEqual(['a.txt']);
    expect(await readFile(spy, 'utf8')).toBe('');
    await own.release();
  });

  test('a nested repository without a commit keeps nothing else from being committed', async () => {
    await repository.write('.gitignore', 'ignored/\n');
    await repository.commit();
    const own = await lease();
    for (const folder of ['app', 'deep/er app', 'ignored']) {
      await mkdir(join(own.path, folder), { recursive: true });
      await runGit(join(own.path, folder), ['init', '-q']);
      await writeFile(join(own.path, folder, 'inner.txt'), 'x\n');
    }
    await writeFile(join(own.path, 'deep/b.txt'), 'B\n');
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    await rm(join(own.path, 'b.txt'));
    const commit = await commitOf(own);
    expect(commit?.files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      'modified a.txt',
      'deleted b.txt',
      'added deep/b.txt',
    ]);
    await own.release();
  });

  test('what git cannot read is not taken for unchanged', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    await writeFile(join(own.path, '.gitattributes'), 'b.txt filter=broken\n');
    await writeFile(join(own.path, 'b.txt'), 'B\n');
    await repository.git('config', 'filter.broken.clean', '/bin/false');
    await repository.git('config', 'filter.broken.required', 'true');
    await expect(commitOf(own)).rejects.toThrow('b.txt passes git\'s filter "broken"');
    await own.release();
  });

  test.each([
    { name: 'deleted', replace: (path: string) => rm(join(path, '.git')) },
    {
      name: 'a repository of its own',
      replace: async (path: string) => {
        await rm(join(path, '.git'));
        await runGit(path, ['init', '-q']);
      },
    },
    {
      name: 'a pointer to another repository',
      replace: (path: string) => writeFile(join(path, '.git'), `gitdir: ${join(home, 'other/.git')}\n`),
    },
  ])('a .git that is $name stops the commit, and nothing else is touched', async ({ replace }) => {
    await runGit(home, ['init', '-q', 'other']);
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    await replace(own.path);
    await expect(commitOf(own)).rejects.toThrow('no longer the worktree');
    expect(await runGit(join(home, 'other'), ['for-each-ref'])).toBe('');
    expect(await repository.git('for-each-ref', 'refs/heads/workflow')).toBe('');
    await own.release();
    expect((await traces()).records).toEqual([]);
  });

  test('a folder that was replaced by a symlink is not followed', async () => {
    const own = await lease();
    const precious = join(home, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'file'), 'x');
    await rm(own.path, { recursive: true });
    await symlink(precious, own.path);
    await expect(commitOf(own)).rejects.toThrow('no longer the worktree');
    await own.release();
    expect(await readFile(join(precious, 'file'), 'utf8')).toBe('x');
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a release copes with what was removed before, and with write-protected folders', async () => {
    const [gone, locked] = [await lease('gone'), await lease('locked')];
    await repository.git('worktree', 'remove', '-f', '-f', gone.path);
    await mkdir(join(locked.path, 'deep/deeper'), { recursive: true });
    await writeFile(join(locked.path, 'deep/deeper/file'), 'x');
    await chmod(join(locked.path, 'deep/deeper'), 0o500);
    await chmod(join(locked.path, 'deep'), 0o500);
    await gone.release();
    await locked.release();
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('branch names are checked, and a branch that is checked out does not move', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    for (const name of ['with space', '../up', 'a..b', 'x.lock', '-d', '']) {
      await expect(commitOf(own, name)).rejects.toThrow('no name for a branch');
    }
    await commitOf(own);
    await repository.git('checkout', '-q', `workflow/${STAGE_RUN}/one`);
    await writeFile(join(own.path, 'a.txt'), 'AA\n');
    await expect(commitOf(own)).rejects.toThrow(`checked out at ${repository.dir}`);
    expect(await repository.git('status', '--porcelain')).toBe('');
    await own.release();
  });

  test('W44 every commit is kept by a ref of the run', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    const commit = (await commitOf(own))?.commit ?? '';
    await own.release();
    await repository.git('branch', '-q', '-D', `workflow/${STAGE_RUN}/one`);
    await repository.git('reflog', 'expire', '--expire=now', '--all');
    await repository.git('gc', '-q', '--prune=now');
    expect(await repository.git('cat-file', '-t', commit)).toBe('commit');
    expect(await repository.git('for-each-ref', '--format=%(objectname)', `refs/dynamic-workflows/${STAGE_RUN}/`)).toBe(
      commit,
    );
  });

  test('a long diff is cut at a line, and says so', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'long.txt'), 'x'.repeat(99).concat('\n').repeat(30_000));
    const { diff, files } = (await commitOf(own)) ?? { diff: '', files: [] };
    expect(files).toEqual([{ path: 'long.txt', status: 'added', additions: 30_000, deletions: 0 }]);
    expect(diff.length).toBeLessThanOrEqual(MAX_DIFF_CHARS);
    expect(diff.length).toBeGreaterThan(MAX_DIFF_CHARS - 300);
    expect(diff).toMatch(/\n\+x{99}\n\[The diff goes on and is cut here; [^\n]*\]\n$/);
    await own.release();
  });

  test('names that are no file names are made fit, and stay different', async () => {
    const [one, two] = [await lease('../../Übung 1'), await lease('../../Übung-1')];
    expect(dirname(one.path)).toBe(dirname(two.path));
    expect(one.path).not.toBe(two.path);
    await writeFile(join(one.path, 'a.txt'), 'A\n');
    expect(await commitOf(one)).not.toBeNull();
    await one.release();
    await two.release();
  });

  test('a subfolder, a linked worktree and a symlink as the folder of a run', async () => {
    await repository.write('sub/deep/c.txt', 'c\n');
    await repository.commit();
    const inSub = await lease('one', join(repository.dir, 'sub/deep'));
    expect(inSub.cwd).toBe(join(inSub.path, 'sub/deep'));
    expect(await readdir(inSub.cwd)).toEqual(['c.txt']);
    await repository.git('worktree', 'add', '-q', join(home, 'linked'), '-b', 'side');
    const inLinked = await lease('two', join(home, 'linked'));
    expect(inLinked.cwd).toBe(inLinked.path);
    expect(dirname(inLinked.path)).toBe(dirname(inSub.path));
    await symlink(repository.dir, join(home, 'way'));
    const byWay = await lease('three', join(home, 'way'));
    await writeFile(join(byWay.path, 'a.txt'), 'A\n');
    expect((await commitOf(byWay))?.files).toHaveLength(1);
    await mkdir(join(repository.dir, 'untracked'));
    const outside = await lease('four', join(repository.dir, 'untracked'));
    expect(outside.cwd).toBe(outside.path);
    for (const own of [inSub, inLinked, byWay, outside]) await own.release();
    expect((await traces()).folders).toEqual([]);
  });

  test('a checkout that shows only a part shows that part in a worktree, and the rest is not deleted', async () => {
    await repository.write('in/x.txt', 'x\n');
    await repository.write('out/y.txt', 'y\n');
    await repository.commit();
    await repository.git('sparse-checkout', 'set', 'in');
    const own = await lease();
    await writeFile(join(own.path, 'in/x.txt'), 'X\n');
    await mkdir(join(own.path, 'out'), { recursive: true });
    await writeFile(join(own.path, 'out/new.txt'), 'new\n');
    expect((await commitOf(own))?.files.map(({ path }) => path)).toEqual(['in/x.txt', 'out/new.txt']);
    await own.release();
  });

  test('a submodule stays empty, is not looked into, and is no change', async () => {
    await withGitRepository({ 'inner.txt': 'x\n' }, (inner) =>
      repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.dir, 'module'),
    );
    await repository.commit();
    const own = await lease();
    const spy = await trapIn(join(own.path, 'module'));
    expect(await commitOf(own)).toBeNull();
    expect(await readFile(spy, 'utf8')).toBe('');
    await own.release();
  });
});
