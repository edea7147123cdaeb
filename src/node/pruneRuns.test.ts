import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withGitRepository, type GitRepository } from '../../test/support/gitRepository.ts';
import type { AgentEnd, Event, EventBody } from '../protocol/messages.ts';
import { queued, runStarted, started } from '../projection/runLog.fake.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { completed, manifestFor } from '../workflow/runStore.contract.ts';
import type { OpenRun } from '../workflow/runStore.ts';
import type { Lease, Worktrees } from '../workflow/worktrees.ts';
import { deleteRun, type DeletionDeps } from './deleteRun.ts';
import { createGate } from './gate.ts';
import { createGit } from './git.ts';
import { createGitWorktrees } from './gitWorktrees.ts';
import { pruneRuns, runsToPrune, type Retention } from './pruneRuns.ts';
import { listRuns, summaryOf, type RunSummary } from './runReader.ts';
import { fileRunStore } from './runStore.ts';

const DAY = 24 * 60 * 60 * 1_000;
const NOW = 100 * DAY;
const signal = new AbortController().signal;

describe('which runs are pruned', () => {
  const summary = (
    runId: string,
    days: number,
    status: RunSummary['status'] = 'completed',
    cwd = '/a',
  ): RunSummary => ({
    ...{ runId, workflowName: 'w', status, stopReason: null, message: null, cwd, dir: `/runs/${runId}` },
    ...{ createdAt: NOW - days * DAY, endedAt: null, usage: null, pid: null },
  });
  const runs = [
    summary('live', 90, 'running'),
    summary('new', 1),
    summary('failed', 2, 'failed'),
    summary('month', 31),
    summary('other', 50, 'completed', '/b'),
    summary('stopped', 60, 'stopped'),
    summary('old', 80),
  ];
  const retention: Retention = { olderThanMs: 30 * DAY, keep: 0, failedOnly: false };

  test.each([
    { name: 'a month old', change: {}, gone: ['month', 'other', 'stopped', 'old'] },
    {
      name: 'all that does not run',
      change: { olderThanMs: 0 },
      gone: ['new', 'failed', 'month', 'other', 'stopped', 'old'],
    },
    { name: 'only failed ones', change: { failedOnly: true, olderThanMs: 0 }, gone: ['failed', 'stopped'] },
    { name: 'the newest of each folder stay', change: { keep: 4 }, gone: ['stopped', 'old'] },
    { name: 'one a folder stays', change: { keep: 1 }, gone: ['month', 'stopped', 'old'] },
  ])('$name', async ({ change, gone }) => {
    const pruned = await runsToPrune(runs, { ...retention, ...change }, NOW);
    expect(pruned.map(({ runId }) => runId)).toEqual(gone);
  });

  test('a session counts from its last use', async () => {
    const session = { ...summary('session', 90), lastUsedAt: NOW - DAY };
    expect(await runsToPrune([session], retention, NOW)).toEqual([]);
    expect(await runsToPrune([{ ...session, lastUsedAt: NOW - 40 * DAY }], retention, NOW)).toHaveLength(1);
  });

  test('a run counts from its end', async () => {
    const longOne = { ...summary('long', 40), endedAt: NOW - DAY };
    expect(await runsToPrune([longOne], retention, NOW)).toEqual([]);
  });

  test('a run without an end counts from what it wrote last', () =>
    withRun(async ({ run, summary: read, tell }) => {
      tell(started('a1'));
      await run.close();
      // It was launched in 1970, and has been resumed since.
      const interrupted = await read();
      expect(interrupted).toMatchObject({ status: 'interrupted', endedAt: null, createdAt: 1_000 });
      expect(await runsToPrune([interrupted], retention, Date.now())).toEqual([]);
      expect(await runsToPrune([interrupted], retention, Date.now() + 31 * DAY)).toEqual([interrupted]);
    }));
});

interface Stage {
  readonly repo: GitRepository;
  readonly home: string;
  readonly deps: DeletionDeps;
  readonly run: OpenRun;
  readonly summary: () => Promise<RunSummary>;
  readonly worktrees: Worktrees;
  readonly tell: (...bodies: readonly EventBody[]) => void;
}

async function withRun(body: (stage: Stage) => Promise<void>): Promise<void> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'dwf-prune-')));
  try {
    await withGitRepository({ 'a.txt': 'a\n' }, async (repo) => {
      const git = createGit();
      const worktrees = createGitWorktrees({ home, git, gate: createGate() });
      const run = await fileRunStore(home).create(manifestFor('run-1', repo.dir), 'return 1;');
      let seq = 0;
      const tell = (...bodies: readonly EventBody[]): void =>
        run.appendEvents(bodies.map((event): Event => ({ seq: ++seq, at: 1, runId: 'run-1', ...event })));
      const summary = async (): Promise<RunSummary> => {
        const read = await summaryOf(run.dir);
        if (read === null) throw new Error('no run');
        return read;
      };
      try {
        await body({ repo, home, deps: { git, worktrees }, run, summary, worktrees, tell });
      } finally {
        await run.close();
        await worktrees.close();
      }
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function lease({ worktrees, repo }: Stage, name: string): Promise<Lease> {
  const leased = await worktrees.acquire(repo.dir, { runId: 'run-1', name, commit: 'HEAD' }, signal);
  if (leased.kind === 'failed') throw new Error(leased.message);
  return leased.lease;
}

/** A change of agent `a1` on its branch, told to the run's log. */
async function change(stage: Stage, name = 'a1'): Promise<string> {
  const own = await lease(stage, name);
  await writeFile(join(own.path, 'a.txt'), `${name}\n`);
  const branch = `workflow/run-1/fix-${name}`;
  const made = await own.commit({ branch, message: 'fix' }, signal);
  await own.release();
  if (!made) throw new Error('nothing was committed');
  const { commit, files } = made;
  stage.tell({
    type: 'change.committed',
    agentId: name,
    change: { id: name, summary: 's', branch, base: own.base, commit, files },
  });
  return commit;
}

const refs = ({ repo }: Stage): Promise<string> => repo.git('for-each-ref', '--format=%(refname)');

test('pruning takes sessions as well, with the refs of their turns, and leaves one that is open', async () => {
  await withRun(async ({ repo, home, deps }) => {
    const store = fileRunStore(home, 'sessions');
    for (const id of ['session-1', 'session-2']) {
      const session = await store.create(manifestFor(id, repo.dir), '');
      await repo.git('update-ref', `refs/dynamic-workflows/${id}/turn-1`, await repo.git('rev-parse', 'HEAD'));
      const tree = await repo.git('rev-parse', 'HEAD^{tree}');
      const turn = await repo.git('commit-tree', tree, '-m', 'turn');
      await repo.git('update-ref', `refs/dynamic-workflows/${id}/turn-2`, turn);
      if (id === 'session-1') await session.close();
    }
    const all: Retention = { olderThanMs: 0, keep: 0, failedOnly: false };
    expect(await pruneRuns(deps, home, all, Date.now() + DAY)).toMatchObject({ runs: 0, sessions: 1 });
    const left = await repo.git('for-each-ref', '--format=%(refname)', 'refs/dynamic-workflows/');
    expect(left.split('\n')).toEqual([1, 2].map((n) => `refs/dynamic-workflows/session-2/turn-${n}`));
    const open = await store.open('session-2');
    expect(open.kind).toBe('running');
  });
});

describe('deleting a run', () => {
  test('W46 one that runs is not touched', () =>
    withRun(async (stage) => {
      expect(await deleteRun(stage.deps, await stage.summary(), true)).toEqual({ kind: 'running', pid: process.pid });
      expect(existsSync(join(stage.run.dir, 'run.json'))).toBe(true);
    }));

  test('its folder goes, and nothing of the repository where it left nothing there', () =>
    withRun(async (stage) => {
      await stage.run.finish(completed);
      await stage.run.close();
      const deletion = await deleteRun(stage.deps, await stage.summary(), false);
      expect(deletion).toMatchObject({ kind: 'deleted', refs: 0, branchesLeft: [] });
      if (deletion.kind === 'deleted') expect(deletion.bytes).toBeGreaterThan(100);
      expect(existsSync(stage.run.dir)).toBe(false);
      expect(await refs(stage)).toBe('refs/heads/main');
      expect(await listRuns(stage.home)).toEqual([]);
    }));

  test('W44 work that is nowhere else stops it, unless it is forced', () =>
    withRun(async (stage) => {
      await change(stage);
      await stage.run.close();
      const summary = await stage.summary();
      expect(await deleteRun(stage.deps, summary, false)).toEqual({
        kind: 'unlanded',
        work: ['workflow/run-1/fix-a1'],
      });
      expect(
        await pruneRuns(stage.deps, stage.home, { olderThanMs: 0, keep: 0, failedOnly: false }, Date.now()),
      ).toEqual({
        runs: 0,
        sessions: 0,
        bytes: 0,
        unreadable: [],
      });
      expect(existsSync(stage.run.dir)).toBe(true);
      expect(await deleteRun(stage.deps, summary, true)).toMatchObject({ kind: 'deleted', refs: 2 });
      expect(await refs(stage)).toBe('refs/heads/main');
      expect(await listRuns(stage.home)).toEqual([]);
    }));

  test('W27 a snapshot of what the person had not committed is no work of the run, and goes with it', () =>
    withRun(async (stage) => {
      const { repo, worktrees, run } = stage;
      await repo.write('a.txt', 'not committed\n');
      const state = await worktrees.inspect(repo.dir);
      if (state.kind !== 'ready') throw new Error(state.message);
      await worktrees.snapshot(repo.dir, { runId: 'run-1', base: state.base });
      expect(await refs(stage)).toContain('refs/dynamic-workflows/run-1/snapshot');
      await run.close();
      expect(await deleteRun(stage.deps, await stage.summary(), false)).toMatchObject({ kind: 'deleted', refs: 1 });
      expect(await repo.read('a.txt')).toBe('not committed\n');
    }));

  test.each([
    {
      name: 'it landed on the integration branch, which is left',
      land: async ({ repo, tell }: Stage, commit: string) => {
        await repo.git('branch', 'workflow/run-1/integration', commit);
        tell({
          ...{ type: 'change.landed', changeId: 'a1', phase: null },
          landing: { status: 'landed', commit, branch: 'workflow/run-1/integration' },
        });
      },
      left: ['workflow/run-1/integration'],
    },
    {
      name: 'it was merged by hand',
      land: ({ repo }: Stage, commit: string) => repo.git('merge', '-q', '--ff-only', commit),
      left: [],
    },
    {
      name: 'it landed, and that was merged: nothing is left',
      land: async ({ repo }: Stage, commit: string) => {
        await repo.git('branch', 'workflow/run-1/integration', commit);
        await repo.git('merge', '-q', '--ff-only', commit);
      },
      left: [],
    },
    {
      name: 'somebody has its branch checked out: that one stays',
      land: async ({ repo }: Stage, commit: string) => {
        await repo.git('merge', '-q', '--ff-only', commit);
        await repo.git('checkout', '-q', 'workflow/run-1/fix-a1');
      },
      left: ['workflow/run-1/fix-a1'],
    },
  ])('its refs go when their work is elsewhere: $name', ({ land, left }) =>
    withRun(async (stage) => {
      const commit = await change(stage);
      await land(stage, commit);
      await stage.run.close();
      const deletion = await deleteRun(stage.deps, await stage.summary(), false);
      expect(deletion).toMatchObject({ kind: 'deleted', branchesLeft: left });
      const after = (await refs(stage)).split('\n').filter((name) => name !== 'refs/heads/main');
      expect(after).toEqual(left.map((name) => `refs/heads/${name}`));
    }),
  );

  test('W27 what an agent of a dead process had not committed is work of the run', () =>
    withRun(async (stage) => {
      const own = await lease(stage, 'a1');
      await writeFile(join(own.path, 'a.txt'), 'half done\n');
      const kept = await own.abandon();
      expect(kept).toContain('refs/dynamic-workflows/run-1/rescued');
      await stage.run.close();
      expect(await deleteRun(stage.deps, await stage.summary(), false)).toMatchObject({
        kind: 'unlanded',
        work: [kept],
      });
      expect(await deleteRun(stage.deps, await stage.summary(), true)).toMatchObject({ kind: 'deleted', refs: 1 });
      expect(existsSync(own.path)).toBe(false);
    }));

  const begun = runStarted();
  const nowhere = { ...runStarted(), base: null } as EventBody;
  const writer = [queued('a1', null), started('a1')];
  const badly: EventBody = {
    type: 'run.ended',
    end: { status: 'degraded', result: null, failures: [{ cause: 'worktree', message: 'm' }] },
    usage: { ...NO_USAGE, agents: 0, requests: 0, usd: 0, ms: 0 },
  };
  const ended = (end: AgentEnd): EventBody => ({ type: 'agent.ended', agentId: 'a1', end, fromJournal: false });

  test.each([
    { name: 'never began', events: [], kind: 'deleted' },
    {
      name: 'had a writer that changed nothing',
      events: [begun, ...writer, ended({ kind: 'done', preview: '' })],
      kind: 'deleted',
    },
    { name: 'had no repository', events: [nowhere, ...writer], kind: 'deleted' },
    {
      name: 'had an agent in the folder itself at its crash',
      events: [begun, queued('a1', null, { inFolder: true }), started('a1')],
      kind: 'deleted',
    },
    {
      name: 'had a reviewer at its crash',
      events: [begun, queued('a1', null, { kind: 'reviewer' }), started('a1')],
      kind: 'deleted',
    },
    { name: 'had a writer at its crash', events: [begun, ...writer], kind: 'unreadable' },
    {
      name: 'had a writer that was stopped',
      events: [begun, ...writer, ended({ kind: 'null', cause: 'stopped', message: 'm' })],
      kind: 'unreadable',
    },
    {
      name: 'could not commit what was in a worktree',
      events: [begun, ...writer, ended({ kind: 'done', preview: '' }), badly],
      kind: 'unreadable',
    },
  ])('W44 a run whose folder is gone and that by its log $name: $kind', ({ events, kind }) =>
    withRun(async (stage) => {
      stage.tell(...events);
      await stage.run.close();
      const summary = { ...(await stage.summary()), cwd: join(stage.home, 'gone') };
      expect(await deleteRun(stage.deps, summary, false)).toMatchObject({ kind });
      expect(existsSync(stage.run.dir)).toBe(kind !== 'deleted');
    }),
  );

  test.each([
    {
      name: 'the folder is not there',
      hide: async ({ repo }: Stage) => rename(repo.dir, `${repo.dir}-moved`),
      back: async ({ repo }: Stage) => rename(`${repo.dir}-moved`, repo.dir),
      says: /does not exist$/,
    },
    {
      name: 'its mount point is empty',
      hide: async ({ repo }: Stage) => {
        await rename(repo.dir, `${repo.dir}-moved`);
        await mkdir(repo.dir);
      },
      back: async ({ repo }: Stage) => {
        await rmdir(repo.dir);
        await rename(`${repo.dir}-moved`, repo.dir);
      },
      says: /not a git repository/,
    },
    {
      name: 'git fails',
      hide: async ({ repo }: Stage) => appendFile(join(repo.dir, '.git/config'), '[broken\n'),
      back: async ({ repo }: Stage) => {
        const path = join(repo.dir, '.git/config');
        await writeFile(path, (await readFile(path, 'utf8')).replace('[broken\n', ''));
      },
      says: /bad config/,
    },
  ])('W44 a run with changes is kept while its repository cannot be read: $name', ({ hide, back, says }) =>
    withRun(async (stage) => {
      await change(stage);
      await stage.run.close();
      const summary = await stage.summary();
      await hide(stage);
      const message = expect.stringMatching(says) as string;
      expect(await deleteRun(stage.deps, summary, false)).toEqual({ kind: 'unreadable', message });
      const all: Retention = { olderThanMs: 0, keep: 0, failedOnly: false };
      expect(await pruneRuns(stage.deps, stage.home, all, Date.now())).toEqual({
        ...{ runs: 0, sessions: 0, bytes: 0 },
        unreadable: [{ runId: 'run-1', cwd: stage.repo.dir, message }],
      });
      expect(existsSync(stage.run.dir)).toBe(true);
      await back(stage);
      expect(await deleteRun(stage.deps, summary, false)).toMatchObject({ kind: 'unlanded' });
    }),
  );

  test('W44 git that fails while it looks where the work is has not found it elsewhere', () =>
    withRun(async (stage) => {
      const commit = await change(stage);
      await stage.run.close();
      const { git } = stage.deps;
      const deps: DeletionDeps = {
        ...stage.deps,
        git: (call, aborted) =>
          call.args.some((arg) => arg.includes(commit)) && call.args[0] !== 'update-ref'
            ? Promise.resolve({ kind: 'failed', exitCode: 128, stdout: '', stderr: 'fatal: out of memory' })
            : git(call, aborted),
      };
      expect(await deleteRun(deps, await stage.summary(), false)).toMatchObject({
        kind: 'unreadable',
        message: expect.stringContaining('out of memory') as string,
      });
      expect(await deleteRun(deps, await stage.summary(), true)).toMatchObject({ kind: 'deleted', refs: 2 });
    }));

  test('W44 a commit that git has lost holds no run back', () =>
    withRun(async (stage) => {
      const commit = await change(stage);
      await rm(join(stage.repo.dir, '.git/objects', commit.slice(0, 2), commit.slice(2)));
      await stage.run.close();
      expect(await deleteRun(stage.deps, await stage.summary(), false)).toMatchObject({ kind: 'deleted' });
    }));

  test('a run whose repository is gone can be deleted by force', () =>
    withRun(async (stage) => {
      await change(stage);
      await stage.run.close();
      const summary = { ...(await stage.summary()), cwd: join(stage.home, 'gone') };
      expect(await deleteRun(stage.deps, summary, true)).toMatchObject({ kind: 'deleted', refs: 0 });
      expect(existsSync(stage.run.dir)).toBe(false);
    }));
});
