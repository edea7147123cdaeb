import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AbortError } from '../../src/base/abort.ts';
import { readDecisions } from '../../src/node/apply/decisionLog.ts';
import { discardChange, restoreChange } from '../../src/node/apply/discardChange.ts';
import { landLater } from '../../src/node/apply/landLater.ts';
import { mergeChanges } from '../../src/node/apply/mergeChanges.ts';
import { forecastProposal, proposeChanges, type ProposeRequest } from '../../src/node/apply/proposeChanges.ts';
import { createGate } from '../../src/node/gate.ts';
import { createGitWorktrees, type GitWorktrees } from '../../src/node/gitWorktrees.ts';
import { refsOfRun } from '../../src/node/runRefs.ts';
import { claimRun } from '../../src/node/runLock.ts';
import { createCommands } from '../../src/node/shell.ts';
import type { ApplySource } from '../../src/workflow/apply/outcome.ts';
import type { GitRepository } from '../support/gitRepository.ts';
import { runGit } from '../support/gitRepository.ts';
import { signal, slowFilter, withApplyStage, type ApplyStage } from '../support/applyStage.ts';
import { TOO_LONG } from '../support/tooLong.ts';
import { changesNamedIn } from '../../src/workflow/landing/message.ts';

const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitignore': 'ignored*\n' };
const edit = (on: GitRepository): Promise<void> => on.write('a.txt', 'A\n');

describe('X03 merge into the current branch', () => {
  test('a branch that has not moved is forwarded with its files, and one that has gets a merge commit', () =>
    withApplyStage(FILES, async ({ repository, change, merge, status, run }) => {
      const [one, two] = [await change(edit, 'one'), await change((on) => on.write('new.txt', 'n\n'), 'two')];
      await repository.write('b.txt', 'mine\n');
      expect(await merge(one)).toMatchObject({ kind: 'merged', branch: 'main', commit: one.commit, fastForward: true });
      expect(await merge(two)).toMatchObject({ kind: 'merged', fastForward: false, files: [{ path: 'new.txt' }] });
      expect(await repository.git('log', '-1', '--format=%P%n%s')).toBe(
        `${one.commit} ${two.commit}\nMerge two of run run-1 into main`,
      );
      expect(await status()).toBe(' M b.txt');
      expect(await repository.read('new.txt')).toBe('n\n');
      expect(await merge(two)).toEqual({ kind: 'nothing' });
      expect((await readDecisions(run.dir)).map(({ type }) => type)).toEqual(['merged', 'merged']);
      expect(await repository.git('reflog', '-1', '--format=%gs')).toContain('Fast-forward');
    }));

  test.each<{ name: string; edit: typeof edit; mine: (on: GitRepository) => Promise<unknown>; refused: object }>([
    {
      name: 'a dirty file',
      edit,
      mine: (on) => on.write('a.txt', 'mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'edited' }] },
    },
    {
      name: 'a file that is staged only',
      edit,
      mine: async (on) => {
        await on.write('a.txt', 'mine\n');
        await on.git('add', 'a.txt');
        await on.write('a.txt', 'a\n');
      },
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'staged' }] },
    },
    {
      name: 'an ignored file',
      edit: async (on) => {
        await on.write('ignored.env', 'theirs\n');
        await on.git('add', '-f', 'ignored.env');
      },
      mine: (on) => on.write('ignored.env', 'mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'ignored.env', why: 'untracked' }] },
    },
    {
      name: 'a conflict',
      edit,
      mine: async (on) => {
        await on.write('a.txt', 'mine\n');
        await on.commit('mine');
      },
      refused: { kind: 'conflict', paths: ['a.txt'] },
    },
    {
      name: 'a detached HEAD',
      edit,
      mine: (on) => on.git('checkout', '-q', '--detach'),
      refused: { kind: 'failed', message: expect.stringContaining('on no branch') as string },
    },
    {
      name: 'a merge that is under way',
      edit,
      mine: async (on) => {
        await on.git('checkout', '-q', '-b', 'side');
        await on.write('b.txt', 'side\n');
        await on.commit('side');
        await on.git('checkout', '-q', 'main');
        await on.git('merge', '-q', '--no-ff', '--no-commit', 'side');
      },
      refused: { kind: 'failed', message: expect.stringContaining('merge is under way') as string },
    },
  ])('refuses $name, and nothing moves', ({ edit: change, mine, refused }) =>
    withApplyStage(FILES, async (stage) => {
      const source = await stage.change(change);
      await mine(stage.repository);
      const look = async () => [await stage.status(), await stage.repository.git('rev-parse', 'HEAD')];
      const before = await look();
      expect(await stage.merge(source)).toEqual(refused);
      expect(await look()).toEqual(before);
      expect(await readDecisions(stage.run.dir)).toEqual([]);
    }),
  );

  test('a branch that nobody has moves alone; one of another worktree is named with its path', () =>
    withApplyStage(FILES, async ({ repository, change, merge, deps }) => {
      const source = await change(edit);
      await repository.git('branch', 'release');
      expect(await merge(source, { into: 'release' })).toMatchObject({ kind: 'merged', branch: 'release' });
      expect(await repository.git('rev-parse', 'release')).toBe(source.commit);
      expect(await repository.read('a.txt')).toBe('a\n');
      const linked = join(deps.home, 'linked');
      await repository.git('worktree', 'add', '-q', '-b', 'other', linked);
      expect(await merge(source, { into: 'other' })).toEqual({ kind: 'elsewhere', branch: 'other', path: linked });
      expect(await merge(source, { into: 'none' })).toMatchObject({
        kind: 'failed',
        message: 'There is no branch none.',
      });
    }));
});

describe('X03 stopped in the middle', () => {
  test('a merge that has begun to write goes to its end, and one that has not leaves all as it was', () =>
    withApplyStage(FILES, async ({ repository, change, deps, run, status }) => {
      const both = async (on: GitRepository) => {
        await edit(on);
        await on.write('b.txt', 'B\n');
      };
      const source = await change(both);
      const filter = await slowFilter(repository, deps.home, 'b.txt');
      const stop = new AbortController();
      const merging = mergeChanges(deps, { run, cwd: repository.dir, source }, stop.signal);
      await filter.started();
      stop.abort();
      await filter.release();
      expect(await merging).toMatchObject({ kind: 'merged', commit: source.commit });
      expect([await status(), await repository.git('rev-parse', 'HEAD')]).toEqual(['', source.commit]);
      expect([await repository.read('a.txt'), await repository.read('b.txt')]).toEqual(['A\n', 'B\n']);
      expect(await readDecisions(run.dir)).toMatchObject([{ type: 'merged' }]);
      const other = await change((on) => on.write('c.txt', 'c\n'), 'two');
      const late = mergeChanges(deps, { run, cwd: repository.dir, source: other }, stop.signal);
      await expect(late).rejects.toBeInstanceOf(AbortError);
      expect([await status(), await repository.git('rev-parse', 'HEAD')]).toEqual(['', source.commit]);
    }));

  test('a pull request says what is out already, and one that has not begun pushes nothing', () =>
    withGh('touch "$0.called"; exec sleep 60', async ({ stage, propose, remote, bin }) => {
      const never = propose({}, AbortSignal.abort());
      await expect(never).rejects.toBeInstanceOf(AbortError);
      expect(await runGit(remote, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      const stop = new AbortController();
      const proposing = propose({}, stop.signal);
      await expect.poll(() => existsSync(join(bin, 'gh.called')), { timeout: 20_000 }).toBe(true);
      stop.abort();
      expect(await proposing).toEqual({
        kind: 'failed',
        message:
          'Interrupted: workflow/run-1/one is pushed to origin, and its pull request may be open. Look: gh pr list --head workflow/run-1/one',
      });
      expect(await readDecisions(stage.run.dir)).toEqual([]);
    }));
});

describe('X03 open a pull request', () => {
  test('pushes the branch and says where the request is, by the person’s own gh', () =>
    withGh('echo https://github.example.com/o/r/pull/7', async ({ stage, propose, forecast, remote, calls }) => {
      expect(await forecast()).toMatchObject({ kind: 'possible', remote: 'origin', into: 'main' });
      expect(await runGit(remote, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      const url = 'https://github.example.com/o/r/pull/7';
      expect(await propose()).toMatchObject({ kind: 'proposed', url, branch: 'workflow/run-1/one' });
      expect(await runGit(remote, ['show', 'workflow/run-1/one:a.txt'])).toBe('A');
      expect(await calls()).toContain(
        'pr create --head workflow/run-1/one --base main --title Mend a --body-file - < What it does.',
      );
      expect(await readDecisions(stage.run.dir)).toMatchObject([{ type: 'proposed', url }]);
      expect(await stage.status()).toBe('');
    }));

  test('a gh that fails, is logged out, or is not there is said without a secret, and nothing is pushed before', () =>
    withGh('echo "error: bad credentials ghp_abcdef123456" >&2; exit 1', async ({ stage, propose, remote, bin }) => {
      const failed = await propose();
      expect(failed).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('gh opened no pull request') as string,
      });
      expect(JSON.stringify(failed)).not.toContain('ghp_');
      await runGit(remote, ['branch', '-D', 'workflow/run-1/one']);
      const gh = join(bin, 'gh');
      await writeFile(gh, '#!/bin/sh\n[ "$1" = auth ] && exit 1\nexit 0\n');
      expect(await propose()).toMatchObject({ message: expect.stringContaining('gh auth login') as string });
      expect(await propose({ environment: { PATH: '/nowhere' } })).toMatchObject({
        message: expect.stringContaining('needs `gh`') as string,
      });
      expect(await runGit(remote, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      expect(await readDecisions(stage.run.dir)).toEqual([]);
    }));
});

describe('X03 the push of a pull request and the repository’s own hooks', () => {
  test.each([
    { name: 'says why', hook: 'echo "Run the tests first."; exit 1', told: 'Run the tests first.' },
    { name: 'names its error', hook: 'echo "error: no key" >&2; echo bye >&2; exit 1', told: 'error: no key' },
    { name: 'says nothing', hook: 'exit 1', told: 'it said nothing' },
  ])('one that refuses and $name is told, and nothing is pushed', ({ hook, told }) =>
    withGh('echo https://github.example.com/o/r/pull/7', async ({ stage, propose, remote }) => {
      await writeHook(stage.repository, hook);
      expect(await propose()).toEqual({
        kind: 'failed',
        message: `The branch workflow/run-1/one could not be pushed to origin: the repository's hook pre-push refused it: ${told}`,
      });
      expect(await runGit(remote, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      expect(await readDecisions(stage.run.dir)).toEqual([]);
    }),
  );

  test('one that agrees has seen what is pushed; who is refused by the other side is told no hook', () =>
    withGh('echo https://github.example.com/o/r/pull/7', async ({ stage, propose }) => {
      const seen = join(stage.deps.home, 'seen');
      await writeHook(stage.repository, `cat > '${seen}'`);
      expect(await propose()).toMatchObject({ kind: 'proposed' });
      expect(await readFile(seen, 'utf8')).toContain('refs/heads/workflow/run-1/one ');
      await stage.repository.git('commit', '-q', '--allow-empty', '-m', 'elsewhere');
      const elsewhere = await stage.repository.git('rev-parse', 'HEAD');
      await stage.repository.git(
        'push',
        '-q',
        '-f',
        '--no-verify',
        'origin',
        `${elsewhere}:refs/heads/workflow/run-1/one`,
      );
      const refused = await propose();
      expect(refused).toMatchObject({ kind: 'failed' });
      expect(JSON.stringify(refused)).not.toContain('hook');
    }));
});

describe('X03 discard and land later', () => {
  test('a discarded change has no branch, keeps its commit, and comes back', () =>
    withApplyStage(FILES, async ({ repository, change, deps, run }) => {
      const source = await change(edit);
      const request = { run, cwd: repository.dir, change: { id: 'one', branch: source.branch, commit: source.commit } };
      expect(await discardChange(deps, request, signal)).toMatchObject({ kind: 'discarded' });
      expect(await repository.git('branch', '--list', 'workflow/*')).toBe('');
      expect(await refsOfRun(deps.git, repository.dir, 'run-1')).toMatchObject({
        refs: { kept: [{ commit: source.commit }], branches: [] },
      });
      await repository.git('reflog', 'expire', '--expire=now', '--all');
      await repository.git('gc', '-q', '--prune=now');
      expect(await restoreChange(deps, request, signal)).toMatchObject({ kind: 'restored' });
      expect(await repository.git('rev-parse', source.branch)).toBe(source.commit);
      await repository.git('checkout', '-q', source.branch);
      expect(await discardChange(deps, request, signal)).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining(repository.dir) as string,
      });
      expect((await readDecisions(run.dir)).map(({ type }) => type)).toEqual(['discarded', 'restored']);
    }));

  test('a change of a finished run lands once its command passes, and not while a process has the run', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, change, deps, run } = stage;
      const source = await change(edit);
      const land = (verify: string) => landLater(later(stage), run, { ...landing(stage, source), verify }, signal);
      expect(await land('grep -q nothing a.txt')).toMatchObject({ landing: { status: 'verify-failed' } });
      expect(await land(TOO_LONG)).toMatchObject({
        landing: { status: 'verify-failed', log: expect.stringMatching(/could not be started\. .*E2BIG$/) as string },
      });
      expect(await repository.git('branch', '--list', '*/integration')).toBe('');
      const landed = await land('grep -q A a.txt');
      expect(landed).toMatchObject({ landing: { status: 'landed', branch: 'workflow/run-1/integration' } });
      expect(await repository.git('show', 'workflow/run-1/integration:a.txt')).toBe('A');
      const message = await repository.git('log', '-1', '--format=%B', 'workflow/run-1/integration');
      expect(changesNamedIn(message)).toEqual([source.commit]);
      expect(await repository.read('a.txt')).toBe('a\n');
      expect(await repository.git('worktree', 'list', '--porcelain')).not.toContain('land-');
      const above = landing(stage, await change((on) => on.write('b.txt', 'B\n'), 'two'));
      const first = { base: '', commit: above.base, name: 'first (c1)', landed: false };
      expect(await landLater(later(stage), run, { ...above, changes: [first] }, signal)).toMatchObject({
        landing: { status: 'conflict', log: expect.stringContaining('first (c1)') as string },
      });
      const claim = await claimRun(run.dir);
      if (claim.kind !== 'claimed') throw new Error('It is free.');
      expect(await land('true')).toEqual({ kind: 'running', pid: process.pid });
      await claim.lock.release();
      expect(await readDecisions(run.dir)).toMatchObject([{ type: 'landed', change: 'one' }]);
      expect(deps.home).not.toBe('');
    }));
});

const opened: GitWorktrees[] = [];
afterEach(() => Promise.all(opened.splice(0).map((worktrees) => worktrees.close())));

function later({ deps }: ApplyStage) {
  // One that cannot be unmounted too late: the stage's folder goes before the test ends.
  const worktrees = createGitWorktrees({ home: deps.home, git: deps.git, gate: createGate(2), backend: 'plain' });
  opened.push(worktrees);
  return { ...deps, worktrees, commands: createCommands(), tell: () => undefined };
}

function landing({ repository, run }: ApplyStage, { base, commit }: ApplySource) {
  const change = { id: 'one', summary: 'Mend a', base, commit };
  return { runId: run.runId, cwd: repository.dir, base, change, changes: [] };
}

async function writeHook(repository: GitRepository, script: string): Promise<void> {
  await repository.write('.git/hooks/pre-push', `#!/bin/sh\n${script}\n`);
  await chmod(join(repository.dir, '.git/hooks/pre-push'), 0o755);
}

interface GhStage {
  readonly stage: ApplyStage;
  readonly remote: string;
  readonly bin: string;
  readonly propose: (more?: Partial<ProposeRequest>, stop?: AbortSignal) => ReturnType<typeof proposeChanges>;
  readonly forecast: () => ReturnType<typeof forecastProposal>;
  readonly calls: () => Promise<string>;
}

/** A bare repository as `origin`, and a `gh` on the PATH that notes how it is called and then does `create`. */
function withGh(create: string, body: (gh: GhStage) => Promise<void>): Promise<void> {
  return withApplyStage(FILES, async (stage) => {
    const { repository, deps, run } = stage;
    const [remote, bin, log] = ['remote.git', 'bin', 'calls'].map((name) => join(deps.home, name)) as [
      string,
      string,
      string,
    ];
    await runGit(deps.home, ['init', '-q', '--bare', '-b', 'main', remote]);
    await repository.git('remote', 'add', 'origin', remote);
    await repository.git('push', '-q', '-u', 'origin', 'main');
    await mkdir(bin);
    await writeFile(join(bin, 'gh'), `#!/bin/sh\nif [ "$1" = pr ]; then echo "$* < $(cat)" >> ${log}; ${create}; fi\n`);
    await chmod(join(bin, 'gh'), 0o755);
    const source = await stage.change(edit);
    const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    const request = {
      run,
      cwd: repository.dir,
      source,
      title: 'Mend a',
      body: 'What it does.',
      into: 'main',
      environment,
    };
    await body({
      stage,
      remote,
      bin,
      propose: (more = {}, stop = signal) => proposeChanges(deps, { ...request, ...more }, stop),
      forecast: () => forecastProposal(deps, request, signal),
      calls: () => readFile(log, 'utf8'),
    });
  });
}
