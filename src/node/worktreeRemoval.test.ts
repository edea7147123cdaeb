import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import type { Worktrees } from '../workflow/worktrees.ts';
import { CONTRACT_FILES } from '../workflow/worktrees.contract.ts';
import type { GitRepository } from '../../test/support/gitRepository.ts';
import {
  DIED,
  leaseMany,
  NO_TRACES,
  openWorktreeStage,
  STAGE_RUN,
  worktreesIn,
  type WorktreeStage,
} from '../../test/support/worktreeStage.ts';

import { processStart } from './processStart.ts';

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

describe('W27 when no worktree can be made', () => {
  beforeEach(setUp);
  afterEach(tearDown);
  const request = { runId: STAGE_RUN, name: 'one', commit: 'HEAD' };

  test.each(['no-such-branch', '--help', '0'.repeat(40)])('%s is no commit', async (commit) => {
    expect(await worktrees.acquire(repository.dir, { ...request, commit }, signal)).toEqual({
      kind: 'failed',
      message: `"${commit}" is no commit of this repository.`,
    });
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a filter that fails leaves nothing half-made', async () => {
    await repository.write('.gitattributes', '*.txt filter=broken\n');
    await repository.commit();
    await repository.git('config', 'filter.broken.smudge', '/bin/false');
    await repository.git('config', 'filter.broken.required', 'true');
    expect(await worktrees.acquire(repository.dir, request, signal)).toMatchObject({ kind: 'failed' });
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a commit that lost a file leaves nothing half-made', async () => {
    const blob = await repository.git('rev-parse', 'HEAD:a.txt');
    await rm(join(repository.dir, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    expect(await worktrees.acquire(repository.dir, request, signal)).toMatchObject({ kind: 'failed' });
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('an abort on the way leaves nothing half-made', async () => {
    await repository.write('.gitattributes', '*.txt filter=slow\n');
    await repository.commit();
    await repository.git('config', 'filter.slow.smudge', `touch ${join(home, 'started')}; sleep 60; cat`);
    const aborting = new AbortController();
    const acquiring = worktrees.acquire(repository.dir, request, aborting.signal);
    const outcome = expect(acquiring).rejects.toBeInstanceOf(AbortError);
    for (let i = 0; i < 500 && !(await stat(join(home, 'started')).catch(() => null)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    aborting.abort();
    await outcome;
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a home inside the checkout is refused, and says what to do', async () => {
    const inside = worktreesIn(join(repository.dir, 'home'));
    expect(await inside.acquire(repository.dir, request, signal)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('DYNAMIC_WORKFLOWS_HOME') as string,
    });
    expect(await traces()).toEqual(NO_TRACES);
  });
});

describe('W44 what a dead process left', () => {
  beforeEach(setUp);
  afterEach(tearDown);
  const refs = () => repository.git('for-each-ref', '--format=%(refname)', 'refs/dynamic-workflows');
  const REF = `refs/dynamic-workflows/${STAGE_RUN}/rescued/w0`;

  test('is swept, and its uncommitted work kept', async () => {
    await stage.inOtherProcess(leaseMany('w', 2, 'die', { 'a.txt': 'lost?\n', 'new.txt': 'new\n' }));
    expect((await traces()).folders).not.toEqual([]);
    expect(await worktrees.sweep(repository.dir, 'another-run')).toEqual([]);
    expect((await traces()).folders).not.toEqual([]);
    expect(await worktrees.sweep(repository.dir, STAGE_RUN)).toEqual([REF]);
    expect(await refs()).toBe(REF);
    expect(await repository.git('show', `${REF}:a.txt`)).toBe('lost?');
    expect(await repository.git('diff', '--name-only', 'HEAD', REF)).toBe('a.txt\nnew.txt');
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('makes room for the same name again', async () => {
    await stage.inOtherProcess(leaseMany('w', 1, 'die', { 'a.txt': 'lost?\n' }));
    const own = await lease('w0');
    expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe('a\n');
    expect(await refs()).toBe(REF);
    await own.release();
  });

  test('never looks like a deletion of what was not written yet', async () => {
    await stage.inOtherProcess(`
      const own = await worktrees.acquire(repository, { runId: '${STAGE_RUN}', name: 'w0', commit: 'HEAD' }, signal);
      rmSync(own.lease.path + '/a.txt');
      rmSync(repository + '/.git/worktrees/w0/dynamic-workflows-index');
      process.exit(${DIED});`);
    await worktrees.sweep(repository.dir, STAGE_RUN);
    expect(await refs()).toBe('');
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('is put aside when it cannot be kept as a commit', async () => {
    await stage.inOtherProcess(`
      const own = await worktrees.acquire(repository, { runId: '${STAGE_RUN}', name: 'w0', commit: 'HEAD' }, signal);
      writeFileSync(own.lease.path + '/a.txt', 'precious');
      rmSync(own.lease.path + '/.git');
      process.exit(${DIED});`);
    const [aside = ''] = await worktrees.sweep(repository.dir, STAGE_RUN);
    expect(await worktrees.sweep(repository.dir, STAGE_RUN)).toEqual([]);
    expect((await traces()).records).toEqual([]);
    expect(aside).toMatch(/\/w0\.lost-[0-9a-f]+$/);
    expect(await readFile(join(aside, 'a.txt'), 'utf8')).toBe('precious');
  });

  test.each([
    { name: 'missing', damage: 'rmSync(locked)' },
    { name: 'unreadable', damage: `writeFileSync(locked, 'Dynamic Workflows {"runId":')` },
    { name: 'somebody else’s', damage: `writeFileSync(locked, 'on a stick')` },
  ])('is put aside when git’s record of whose it is is $name', async ({ damage }) => {
    await stage.inOtherProcess(`
      const own = await worktrees.acquire(repository, { runId: '${STAGE_RUN}', name: 'w0', commit: 'HEAD' }, signal);
      writeFileSync(own.lease.path + '/a.txt', 'precious');
      const locked = repository + '/.git/worktrees/w0/locked';
      ${damage};
      process.exit(${DIED});`);
    const [aside = ''] = await worktrees.sweep(repository.dir, STAGE_RUN);
    expect(await readFile(join(aside, 'a.txt'), 'utf8')).toBe('precious');
    expect((await traces()).records).toEqual([]);
    await (await lease('w0')).release();
  });

  test('is not written by its commands any more', async () => {
    const writing = `
      const { createCommands } = await import('${new URL('shell.ts', import.meta.url).href}');
      const own = await worktrees.acquire(repository, { runId: '${STAGE_RUN}', name: 'w0', commit: 'HEAD' }, signal);
      const command = "trap '' TERM HUP PIPE; echo $$ > pid; for i in {1..3000}; do mkdir -p deep; echo $i > deep/$((i % 9)); sleep 0.01; done";
      const request = { command, cwd: own.lease.path, timeoutMs: 60000, maxChars: 10 };
      void createCommands({ home: '${home}' }).run(request, signal);
      const { statSync } = await import('node:fs');
      while (!existsSync(own.lease.path + '/pid') || statSync(own.lease.path + '/pid').size === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      process.kill(process.pid, 'SIGKILL');`;
    await expect(stage.inOtherProcess(writing)).rejects.toThrow();
    expect(await worktrees.sweep(repository.dir, STAGE_RUN)).toEqual([REF]);
    expect(await traces()).toEqual(NO_TRACES);
    const pid = Number(await repository.git('show', `${REF}:pid`));
    expect(processStart(pid).kind).toBe('gone');
  });

  test('is cleared by one of two that come at once', async () => {
    await stage.inOtherProcess(leaseMany('w', 1, 'die', { 'a.txt': 'lost?\n' }));
    const two = await Promise.all([0, 1].map(() => lease('w0').catch((error: unknown) => String(error))));
    const [own] = two.filter((one) => typeof one !== 'string');
    expect(two.filter((one) => typeof one === 'string')).toEqual([expect.stringContaining('in use')]);
    expect(await readFile(join(own?.path ?? '', 'a.txt'), 'utf8')).toBe('a\n');
    expect(await repository.git('show', `${REF}:a.txt`)).toBe('lost?');
    await own?.release();
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a lock of it does not stop anybody', async () => {
    const lock = join(repository.dir, '.git/dynamic-workflows.lock');
    const pid = Number(await stage.inOtherProcess('console.log(process.pid)'));
    await writeFile(lock, JSON.stringify({ pid, started: '1', host: hostname() }));
    const all = await Promise.all(['one', 'two'].map((name) => lease(name)));
    for (const own of all) await own.release();
    expect(await traces()).toEqual(NO_TRACES);
  });
});

describe('W27 when another process works on the list of worktrees', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  /** As if this process's parent, which lives, held the list for as long as `body` runs. */
  async function whileHeld<T>(body: () => Promise<T>): Promise<T> {
    const lock = join(repository.dir, '.git/dynamic-workflows.lock');
    await writeFile(lock, JSON.stringify({ pid: process.ppid, started: null, host: hostname() }));
    try {
      return await body();
    } finally {
      await rm(lock);
    }
  }

  test('nobody waits long for a release, and what could not go at once goes later', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((name) => lease(name)));
    await whileHeld(() => Promise.all(all.map((own) => own.release())));
    expect(await worktrees.sweep(repository.dir, STAGE_RUN)).toEqual([]);
    expect(await traces()).toEqual(NO_TRACES);
  });

  test('a name that was released meanwhile can be had again', async () => {
    const own = await lease();
    await whileHeld(() => own.release());
    const again = await lease();
    expect(await readFile(join(again.path, 'a.txt'), 'utf8')).toBe('a\n');
    await again.release();
    expect(await traces()).toEqual(NO_TRACES);
  });
});
