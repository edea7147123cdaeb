import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AbortError } from '../../base/abort.ts';
import { runGit } from '../../../test/support/gitRepository.ts';
import { NO_TRACES, openWorktreeStage, STAGE_RUN, type WorktreeStage } from '../../../test/support/worktreeStage.ts';
import type { Lease, LeaseRequest, LeaseResult } from '../../workflow/worktrees.ts';
import { createFileLocks } from '../fileLock.ts';
import { createGate } from '../gate.ts';
import { createGit } from '../git.ts';
import type { CloneFile } from './bringFolder.ts';
import { createPortRanges } from './portRanges.ts';
import { readyWorktrees } from './readyWorktrees.ts';
import { createWorktreeVariables, type WorktreeVariables } from './worktreeVariables.ts';

const { signal } = new AbortController();
const IGNORED = 'node_modules/\n.env*\n*.local\n/config/secret/\nvendor/\n';
let stage: WorktreeStage;
let variables: WorktreeVariables;
beforeEach(async () => {
  // Files are cloned and copied the same on one file system alone, so that none is laid over another here.
  stage = await openWorktreeStage({ 'a.txt': 'a\n', '.gitignore': IGNORED, 'packages/one/index.js': 'one\n' }, 'plain');
  variables = createWorktreeVariables(createPortRanges(join(stage.home, 'ports'), createFileLocks()));
});
afterEach(() => stage.dispose());

async function acquire(
  request: Partial<LeaseRequest> = {},
  clone?: CloneFile,
  gate = createGate(2),
): Promise<LeaseResult> {
  const deps = { git: createGit(), gate, variables, ...(clone ? { clone } : {}) };
  const whole = { runId: STAGE_RUN, name: 'one', commit: 'HEAD', ...request };
  return readyWorktrees(stage.worktrees, deps).acquire(stage.repository.dir, whole, signal);
}

async function lease(request?: Partial<LeaseRequest>, clone?: CloneFile): Promise<Lease> {
  const result = await acquire(request, clone);
  if (result.kind !== 'leased') throw new Error(result.message);
  return result.lease;
}

const text = (held: Lease, path: string): Promise<string> => readFile(join(held.path, path), 'utf8');
const isLink = async (path: string): Promise<boolean> => (await lstat(path)).isSymbolicLink();

/** More files than are copied. */
async function largeModules(): Promise<string> {
  const folder = join(stage.repository.dir, 'node_modules');
  for (const path of ['big/f0.js', '.bin/x', '@scope/pkg/index.js', '.cache/c', '.package-lock.json'])
    await stage.repository.write(`node_modules/${path}`, path);
  await Promise.all(Array.from({ length: 2_100 }, (_, i) => writeFile(join(folder, 'big', `f${i}.js`), `${i}`)));
  await symlink('../big/f0.js', join(folder, '.bin', 'big'));
  await symlink('../packages/one', join(folder, 'one'));
  return realpath(folder);
}

test('W27 ignored files that .worktreeinclude names are in the worktree, by its syntax, and no others', async () => {
  const { repository } = stage;
  await repository.write(
    '.worktreeinclude',
    '.env*\n!.env.production\nconfig/secret/*.json\n*.local\na.txt\nuntracked.txt\n',
  );
  for (const path of ['.env', '.env.production', 'config/secret/k.json', 'config/secret/k.key', 'packages/one/x.local'])
    await repository.write(path, `${path}\n`);
  await repository.write('untracked.txt', 'not ignored\n');
  await repository.write('node_modules/pkg/.env', 'of a dependency\n');
  const held = await lease();
  const there = await readdir(held.path, { recursive: true });
  expect(there.filter((path) => !/^(\.git$|node_modules|packages$|config$)/.test(path)).sort()).toEqual([
    '.env',
    '.gitignore',
    'a.txt',
    'config/secret',
    'config/secret/k.json',
    'packages/one',
    'packages/one/index.js',
    'packages/one/x.local',
  ]);
  expect(await text(held, '.env')).toBe('.env\n');
  await held.release();
  expect(await readFile(join(repository.dir, '.env'), 'utf8')).toBe('.env\n');
});

test('W27 a link that .worktreeinclude names is not followed, and said; a committed link leads no copy out', async () => {
  const { repository, home } = stage;
  const outside = join(home, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'key.local'), 'secret\n');
  await repository.write('.worktreeinclude', '*.local\n');
  await repository.write('config.local', 'mine\n');
  await symlink(join(outside, 'key.local'), join(repository.dir, 'link.local'));
  await repository.write('way/own.local', 'own\n');
  const notes: string[] = [];
  const held = await lease({ tell: (note) => notes.push(note) });
  expect(notes).toEqual([expect.stringContaining('link.local')]);
  expect((await readdir(held.path)).filter((name) => name.endsWith('.local'))).toEqual(['config.local']);
  await held.release();

  // In the commit the folder is a link to elsewhere; in the checkout it is a folder.
  await rm(join(repository.dir, 'way'), { recursive: true });
  await symlink(outside, join(repository.dir, 'way'));
  await repository.git('add', 'way');
  await repository.git('commit', '-q', '-m', 'a link');
  await rm(join(repository.dir, 'way'));
  await repository.write('way/own.local', 'own\n');
  await (await lease()).release();
  expect(await readdir(outside)).toEqual(['key.local']);
});

test('W27 more than a copy for each worktree should be fails with what to do, and leaves nothing', async () => {
  const { repository } = stage;
  await repository.write('.worktreeinclude', '*.local\n');
  await repository.write('dump.local', new Uint8Array(101 * 1024 * 1024));
  expect(await acquire()).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^\.worktreeinclude names more than 100 MB .* Name fewer/) as string,
  });
  expect(await stage.traces()).toEqual(NO_TRACES);
});

test('W27 small folders of dependencies are copies, those of workspaces too; what is not ignored is not brought', async () => {
  const { repository } = stage;
  await repository.write('node_modules/pkg/index.js', 'pkg\n');
  await repository.write('packages/one/node_modules/other/index.js', 'other\n');
  await repository.write('.venv/lib/x.py', 'x\n');
  const held = await lease();
  expect(await text(held, 'node_modules/pkg/index.js')).toBe('pkg\n');
  expect(await text(held, 'packages/one/node_modules/other/index.js')).toBe('other\n');
  expect(await readdir(held.path)).not.toContain('.venv');
  await writeFile(join(held.path, 'node_modules/pkg/index.js'), 'written\n');
  expect(await repository.read('node_modules/pkg/index.js')).toBe('pkg\n');
  expect(held.readable).toEqual([]);
  await held.release();
  const none = await lease({ dependencyFolders: [] });
  expect(await readdir(none.path)).not.toContain('node_modules');
  await none.release();
  const named = await lease({ dependencyFolders: ['packages/one/node_modules'] });
  expect(await readdir(named.path)).not.toContain('node_modules');
  expect(await text(named, 'packages/one/node_modules/other/index.js')).toBe('other\n');
  await named.release();
});

test('W27 a large one is a folder of links to packages: workspaces lead to the worktree’s own, caches stay empty', async () => {
  const modules = await largeModules();
  const held = await lease();
  const here = join(held.path, 'node_modules');
  expect(await isLink(here)).toBe(false);
  expect(await readlink(join(here, 'big'))).toBe(join(modules, 'big'));
  expect(await readlink(join(here, '@scope/pkg'))).toBe(join(modules, '@scope/pkg'));
  expect(await realpath(join(here, 'one'))).toBe(join(held.path, 'packages/one'));
  expect(await realpath(join(here, '.bin/big'))).toBe(join(modules, 'big/f0.js'));
  expect(await isLink(join(here, '.package-lock.json'))).toBe(false);
  expect(await readdir(here)).not.toContain('.cache');
  expect(held.readable).toEqual([modules]);
  await held.release();
  expect((await readdir(join(modules, 'big'))).length).toBe(2_100);
});

test('W27 where the file system can, dependencies are clones', async () => {
  await largeModules();
  let cloned = 0;
  // Stands for a file system that can, which the machine that tests this need not have.
  const held = await lease({}, async (from, to) => {
    cloned += 1;
    await copyFile(from, to);
  });
  expect(cloned).toBeGreaterThan(2_100);
  expect(await isLink(join(held.path, 'node_modules/big'))).toBe(false);
  expect(await text(held, 'node_modules/big/f7.js')).toBe('7');
  expect(held.readable).toEqual([]);
  expect((await readdir(held.path)).filter((name) => name.includes('probe'))).toEqual([]);
  await held.release();
});

test('W27 nothing that was brought is committed, whatever rules for it are gone and whatever was staged', async () => {
  const { repository } = stage;
  await largeModules();
  await repository.write('.worktreeinclude', '.env\n');
  await repository.write('.env', 'KEY=1\n');
  const held = await lease();
  await writeFile(join(held.path, '.gitignore'), '\n');
  await writeFile(join(held.path, 'a.txt'), 'A\n');
  await runGit(held.path, ['add', '-A']);
  await runGit(held.path, ['commit', '-q', '-m', 'all of it']);
  const commit = await held.commit({ branch: `workflow/${STAGE_RUN}/one`, message: 'a' }, signal);
  expect(commit?.files.map(({ path }) => path)).toEqual(['.gitignore', 'a.txt']);
  await held.release();
});

test('W27 nor is it rescued as work when its process dies', async () => {
  const { repository } = stage;
  await repository.write('.worktreeinclude', '.env\n');
  await repository.write('.env', 'KEY=1\n');
  await repository.write('node_modules/pkg/index.js', 'pkg\n');
  const held = await lease();
  await writeFile(join(held.path, '.gitignore'), '\n');
  expect(await held.abandon()).toBe(`refs/dynamic-workflows/${STAGE_RUN}/rescued/one`);
  const names = await repository.git('diff', '--name-only', 'HEAD', `refs/dynamic-workflows/${STAGE_RUN}/rescued/one`);
  expect(names).toBe('.gitignore');
});

test('W27 what an earlier holder wrote wins over what would be brought', async () => {
  const { repository } = stage;
  await repository.write('.worktreeinclude', '*.local\n');
  await repository.write('x.local', 'of the checkout\n');
  await repository.write('own.local', 'tracked\n');
  await repository.git('add', '-f', 'own.local');
  await repository.git('commit', '-q', '-m', 'tracked though ignored');
  await repository.write('own.local', 'changed in the checkout\n');
  const held = await lease();
  expect(await text(held, 'own.local')).toBe('tracked\n');
  expect(await text(held, 'x.local')).toBe('of the checkout\n');
  await held.release();
});

test('W27 commands are told their run, their agent and 20 ports of their own, until the worktree goes', async () => {
  const [one, two] = [await lease(), await lease({ name: 'two' })];
  const [first, second] = await Promise.all([variables.of(one.path), variables.of(two.path)]);
  expect(first).toEqual({
    WORKFLOW_RUN: STAGE_RUN,
    WORKFLOW_AGENT: 'one',
    WORKFLOW_PORT_BASE: expect.stringMatching(/^2\d{4}|3[01]\d{3}$/) as string,
  });
  expect(await variables.of(one.path)).toEqual(first);
  const apart = Math.abs(Number(first['WORKFLOW_PORT_BASE']) - Number(second['WORKFLOW_PORT_BASE']));
  expect(apart).toBeGreaterThanOrEqual(20);
  const taken = async () => (await readdir(join(stage.home, 'ports'))).filter((name) => name.endsWith('.json')).length;
  expect(await taken()).toBe(2);
  await one.release();
  await two.abandon();
  expect(await taken()).toBe(0);
  expect(await variables.of(one.path)).toEqual({});
});

test('W37 who has to wait until dependencies are there is told so', async () => {
  await stage.repository.write('node_modules/pkg/index.js', 'one\n');
  const gate = createGate(1);
  const others = Promise.withResolvers<null>();
  const running = gate.run(() => others.promise, signal);
  const queued = Promise.withResolvers<{ readonly over: Promise<null> }>();
  const acquiring = acquire({ onQueued: (over) => queued.resolve({ over }) }, undefined, gate);
  const { over } = await queued.promise;
  others.resolve(null);
  await Promise.all([running, over]);
  expect((await acquiring).kind).toBe('leased');
});

test('W40 an abort while it is made ready leaves nothing', async () => {
  await largeModules();
  const aborting = new AbortController();
  const deps = { git: createGit(), gate: createGate(2), variables };
  const clone: CloneFile = async (from, to) => {
    aborting.abort();
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  };
  const request = { runId: STAGE_RUN, name: 'one', commit: 'HEAD' };
  const made = readyWorktrees(stage.worktrees, { ...deps, clone }).acquire(
    stage.repository.dir,
    request,
    aborting.signal,
  );
  await expect(made).rejects.toBeInstanceOf(AbortError);
  expect(await stage.traces()).toEqual(NO_TRACES);
});
