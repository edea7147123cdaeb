import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { MAX_DIFF_CHARS, type Lease, type Worktrees } from '../workflow/worktrees.ts';
import { CONTRACT_FILES, worktreesContract } from '../workflow/worktrees.contract.ts';
import { createGitRepository, runGit, type GitRepository } from '../../test/support/gitRepository.ts';
import { createGate } from './gate.ts';
import { createGit } from './git.ts';
import { createMergeRepository } from './gitMerge.ts';
import { createGitWorktrees } from './gitWorktrees.ts';

const signal = new AbortController().signal;
const RUN = 'run-1';

let home = '';
let repository: GitRepository;
let worktrees: Worktrees;
const newHome = async () => realpath(await mkdtemp(join(tmpdir(), 'dwf-home-')));
const worktreesIn = (folder: string) => createGitWorktrees({ home: folder, git: createGit(), gate: createGate(2) });

async function setUp(files: Readonly<Record<string, string | Uint8Array>> = CONTRACT_FILES): Promise<void> {
  home = await newHome();
  repository = await createGitRepository(files);
  worktrees = worktreesIn(home);
}
async function tearDown(): Promise<void> {
  await repository.dispose();
  await rm(home, { recursive: true, force: true });
}

worktreesContract('git', async () => {
  await setUp();
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
    dispose: tearDown,
  };
});

async function lease(name = 'one', cwd = repository.dir, commit = 'HEAD'): Promise<Lease> {
  const result = await worktrees.acquire(cwd, { runId: RUN, name, commit }, signal);
  if (result.kind === 'failed') throw new Error(result.message);
  return result.lease;
}
const commitOf = (own: Lease, branch = `workflow/${RUN}/one`) => own.commit({ branch, message: 'work' }, signal);

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

/** Everything that git and our home keep of worktrees; equal before and after when nothing was left. */
async function traces() {
  const names = (folder: string) => readdir(folder, { recursive: true }).catch(() => []);
  return {
    records: await names(join(repository.dir, '.git', 'worktrees')),
    locks: (await names(join(repository.dir, '.git'))).filter((name) => name.endsWith('.lock')),
    // A project's own folder and its trash stay.
    folders: (await names(join(home, 'worktrees'))).filter((name) => !/^[^/]+(\/\.trash)?$/.test(name)),
  };
}
const NOTHING = { records: [], locks: [], folders: [] };

describe('W27 worktrees of git', () => {
  beforeEach(() => setUp());
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
    expect(await traces()).toEqual(NOTHING);
  });

  test('eight at once, from one process', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => lease(`w${i}`)));
    for (const own of all) expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe('a\n');
    expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(9);
    await Promise.all(all.map((own) => own.release()));
    expect(await traces()).toEqual(NOTHING);
  });

  test('eight at once, from two more processes', async () => {
    const outputs = await Promise.all(['x', 'y'].map((prefix) => inOtherProcess(leaseMany(prefix, 8, 'release'))));
    expect(outputs).toEqual(['leased 8\n', 'leased 8\n']);
    expect(await traces()).toEqual(NOTHING);
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
    expect(await traces()).toEqual(NOTHING);
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
    expect(await traces()).toEqual(NOTHING);
  });

  test('branch names are checked, and a branch that is checked out does not move', async () => {
    const own = await lease();
    await writeFile(join(own.path, 'a.txt'), 'A\n');
    for (const name of ['with space', '../up', 'a..b', 'x.lock', '-d', '']) {
      await expect(commitOf(own, name)).rejects.toThrow('no name for a branch');
    }
    await commitOf(own);
    await repository.git('checkout', '-q', `workflow/${RUN}/one`);
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
    await repository.git('branch', '-q', '-D', `workflow/${RUN}/one`);
    await repository.git('reflog', 'expire', '--expire=now', '--all');
    await repository.git('gc', '-q', '--prune=now');
    expect(await repository.git('cat-file', '-t', commit)).toBe('commit');
    expect(await repository.git('for-each-ref', '--format=%(objectname)', `refs/dynamic-workflows/${RUN}/`)).toBe(
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
    const inner = await createGitRepository({ 'inner.txt': 'x\n' });
    await repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.dir, 'module');
    await repository.commit();
    const own = await lease();
    const spy = await trapIn(join(own.path, 'module'));
    expect(await commitOf(own)).toBeNull();
    expect(await readFile(spy, 'utf8')).toBe('');
    await own.release();
    await inner.dispose();
  });
});

describe('W27 when no worktree can be made', () => {
  beforeEach(() => setUp());
  afterEach(tearDown);
  const request = { runId: RUN, name: 'one', commit: 'HEAD' };

  test.each(['no-such-branch', '--help', '0'.repeat(40)])('%s is no commit', async (commit) => {
    expect(await worktrees.acquire(repository.dir, { ...request, commit }, signal)).toEqual({
      kind: 'failed',
      message: `"${commit}" is no commit of this repository.`,
    });
    expect(await traces()).toEqual(NOTHING);
  });

  test('a filter that fails leaves nothing half-made', async () => {
    await repository.write('.gitattributes', '*.txt filter=broken\n');
    await repository.commit();
    await repository.git('config', 'filter.broken.smudge', '/bin/false');
    await repository.git('config', 'filter.broken.required', 'true');
    expect(await worktrees.acquire(repository.dir, request, signal)).toMatchObject({ kind: 'failed' });
    expect(await traces()).toEqual(NOTHING);
  });

  test('a commit that lost a file leaves nothing half-made', async () => {
    const blob = await repository.git('rev-parse', 'HEAD:a.txt');
    await rm(join(repository.dir, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    expect(await worktrees.acquire(repository.dir, request, signal)).toMatchObject({ kind: 'failed' });
    expect(await traces()).toEqual(NOTHING);
  });

  test('an abort on the way leaves nothing half-made', async () => {
    await repository.write('.gitattributes', '*.txt filter=slow\n');
    await repository.commit();
    await repository.git('config', 'filter.slow.smudge', `touch ${join(home, 'started')}; sleep 5; cat`);
    const aborting = new AbortController();
    const acquiring = worktrees.acquire(repository.dir, request, aborting.signal);
    const outcome = expect(acquiring).rejects.toBeInstanceOf(AbortError);
    for (let i = 0; i < 500 && !(await stat(join(home, 'started')).catch(() => null)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const at = performance.now();
    aborting.abort();
    await outcome;
    expect(performance.now() - at).toBeLessThan(1_000);
    expect(await traces()).toEqual(NOTHING);
  });

  test('a home inside the checkout is refused, and says what to do', async () => {
    const inside = worktreesIn(join(repository.dir, 'home'));
    expect(await inside.acquire(repository.dir, request, signal)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('DYNAMIC_WORKFLOWS_HOME') as string,
    });
    expect(await traces()).toEqual(NOTHING);
  });
});

/** Runs a module with `worktrees`, `signal` and `repository` (its folder) in another process; resolves to its stdout. */
function inOtherProcess(body: string): Promise<string> {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    import { createGate } from ${module('./gate.ts')};
    import { createGit } from ${module('./git.ts')};
    import { createGitWorktrees } from ${module('./gitWorktrees.ts')};
    import { writeFileSync, rmSync } from 'node:fs';
    const signal = new AbortController().signal;
    const repository = ${JSON.stringify(repository.dir)};
    const worktrees = createGitWorktrees({ home: ${JSON.stringify(home)}, git: createGit(), gate: createGate(2) });
    ${body}`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', code], (error, stdout, stderr) => {
      if (error && error.code !== 9) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}

function leaseMany(
  prefix: string,
  n: number,
  then: 'release' | 'die',
  files: Readonly<Record<string, string>> = {},
): string {
  return `
    const results = await Promise.all(Array.from({ length: ${n} }, (_, i) =>
      worktrees.acquire(repository, { runId: '${RUN}', name: '${prefix}' + i, commit: 'HEAD' }, signal)));
    const leases = results.map((result) => { if (result.kind === 'failed') throw new Error(result.message); return result.lease; });
    for (const [file, content] of Object.entries(${JSON.stringify(files)})) writeFileSync(leases[0].path + '/' + file, content);
    console.log('leased ' + leases.length);
    ${then === 'die' ? 'process.exit(9);' : 'await Promise.all(leases.map((lease) => lease.release()));'}`;
}

describe('W44 what a dead process left', () => {
  beforeEach(() => setUp());
  afterEach(tearDown);
  const refs = () => repository.git('for-each-ref', '--format=%(refname)', 'refs/dynamic-workflows');
  const REF = `refs/dynamic-workflows/${RUN}/rescued/w0`;

  test('is swept, and its uncommitted work kept', async () => {
    await inOtherProcess(leaseMany('w', 2, 'die', { 'a.txt': 'lost?\n', 'new.txt': 'new\n' }));
    expect((await traces()).folders).not.toEqual([]);
    await worktrees.sweep(repository.dir, 'another-run');
    expect((await traces()).folders).not.toEqual([]);
    await worktrees.sweep(repository.dir, RUN);
    expect(await refs()).toBe(REF);
    expect(await repository.git('show', `${REF}:a.txt`)).toBe('lost?');
    expect(await repository.git('diff', '--name-only', 'HEAD', REF)).toBe('a.txt\nnew.txt');
    expect(await traces()).toEqual(NOTHING);
  });

  test('makes room for the same name again', async () => {
    await inOtherProcess(leaseMany('w', 1, 'die', { 'a.txt': 'lost?\n' }));
    const own = await lease('w0');
    expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe('a\n');
    expect(await refs()).toBe(REF);
    await own.release();
  });

  test('never looks like a deletion of what was not written yet', async () => {
    await inOtherProcess(`
      const own = await worktrees.acquire(repository, { runId: '${RUN}', name: 'w0', commit: 'HEAD' }, signal);
      rmSync(own.lease.path + '/a.txt');
      rmSync(repository + '/.git/worktrees/w0/dynamic-workflows-index');
      process.exit(9);`);
    await worktrees.sweep(repository.dir, RUN);
    expect(await refs()).toBe('');
    expect(await traces()).toEqual(NOTHING);
  });

  test('is put aside when it cannot be kept as a commit', async () => {
    await inOtherProcess(`
      const own = await worktrees.acquire(repository, { runId: '${RUN}', name: 'w0', commit: 'HEAD' }, signal);
      writeFileSync(own.lease.path + '/a.txt', 'precious');
      rmSync(own.lease.path + '/.git');
      process.exit(9);`);
    await worktrees.sweep(repository.dir, RUN);
    await worktrees.sweep(repository.dir, RUN);
    const { records, folders } = await traces();
    expect(records).toEqual([]);
    const aside = folders.find((name) => /w0\.lost-[0-9a-f]+\/a\.txt$/.test(name));
    expect(await readFile(join(home, 'worktrees', aside ?? ''), 'utf8')).toBe('precious');
  });

  test('a lock of it does not stop anybody', async () => {
    const lock = join(repository.dir, '.git/dynamic-workflows.lock');
    const pid = Number(await inOtherProcess('console.log(process.pid)'));
    await writeFile(lock, JSON.stringify({ pid, started: '1', host: (await import('node:os')).hostname() }));
    const all = await Promise.all(['one', 'two'].map((name) => lease(name)));
    for (const own of all) await own.release();
    expect(await traces()).toEqual(NOTHING);
  });
});
