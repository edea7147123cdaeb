import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/commandLine.ts';
import { fakeIo } from '../../src/cli/io.fake.ts';
import { changesOf } from '../../src/cli/runChanges.ts';
import { landLater } from '../../src/node/apply/landLater.ts';
import { openLaterDeps } from '../../src/node/apply/laterDeps.ts';
import { DEFAULT_COMMITS } from '../../src/node/commits/commitSettings.ts';
import { createGit } from '../../src/node/git.ts';
import { compare } from '../../src/node/gitCommits.ts';
import { fileRunStore } from '../../src/node/runStore.ts';
import { COMMAND_MARK } from '../../src/node/strayProcesses.ts';
import { done, eventsOf, queued, runStarted, started } from '../../src/projection/runLog.fake.ts';
import type { WorktreeChoices } from '../../src/protocol/run.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { completed, manifestFor } from '../../src/workflow/runStore.contract.ts';
import { outsideChanges } from '../../src/workflow/apply/landOutside.ts';
import type { ApplySource } from '../../src/workflow/apply/outcome.ts';
import { slowFilter, withApplyStage, type ApplyStage } from '../support/applyStage.ts';
import { HAS_TERMINALS, withDesk } from './dwf.ts';
import { leaseMany, openWorktreeStage } from '../support/worktreeStage.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Terminal extends ApplyStage {
  readonly env: Readonly<Record<string, string>>;
  readonly dwf: (argv: readonly string[], lines?: readonly string[]) => Promise<Ended>;
}

const git = createGit();

/** A finished run with two changes: one landed and reviewed, one that nobody looked at; `empty`: and one without a file. */
function withRun(
  body: (terminal: Terminal) => Promise<void>,
  { empty = false, worktree }: { readonly empty?: boolean; readonly worktree?: WorktreeChoices } = {},
): Promise<void> {
  return withApplyStage({ 'a.txt': 'a\n', 'b.txt': 'b\n' }, async (stage) => {
    const { repository, deps, change } = stage;
    const one = await change((on) => on.write('a.txt', 'A\n'), 'a1');
    const two = await change((on) => on.write('b.txt', 'B\n'), 'a2');
    const integration = 'workflow/run-1/integration';
    await repository.git('branch', integration, one.commit);
    const bodies: readonly EventBody[] = [
      { ...runStarted(), cwd: repository.dir, base: { commit: one.base, branch: 'main', dirtyFiles: 0 } } as EventBody,
      ...(await made(repository.dir, one, 'Mend a')),
      ...(await made(repository.dir, two, 'Mend b\u001b[31m')),
      ...(empty
        ? await made(repository.dir, { ...two, branch: 'workflow/run-1/a3', commit: two.base }, 'Nothing')
        : []),
      { type: 'change.reviewed', changeId: 'a1', review: { approved: true, findings: [] }, refuted: [] },
      {
        type: 'change.landed',
        changeId: 'a1',
        phase: null,
        landing: { status: 'landed', commit: one.commit, branch: integration },
      },
    ];
    const manifest = { ...manifestFor('run-1', repository.dir), ...(worktree ? { worktree } : {}) };
    const run = await fileRunStore(deps.home).create(manifest, 'return 1;');
    run.appendEvents(eventsOf(bodies));
    await run.finish(completed);
    await run.close();
    const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), DYNAMIC_WORKFLOWS_HOME: deps.home };
    const dwf = async (argv: readonly string[], lines?: readonly string[]): Promise<Ended> => {
      const at = { cwd: repository.dir, env, ...(lines ? { lines, terminal: { columns: 100, rows: 30 } } : {}) };
      const io = fakeIo(at);
      const code = await commandLine(argv, io);
      return { code, out: io.out(), err: io.err() };
    };
    await body({ ...stage, env, dwf });
  });
}

async function made(cwd: string, { branch, base, commit }: ApplySource, label: string): Promise<readonly EventBody[]> {
  const id = branch.slice(-2);
  const { files } = await compare(git, { cwd }, base, commit);
  const change = { id, summary: `Summary of ${label}`, branch, base, commit, files };
  return [
    queued(id, null, { kind: 'author', label }),
    started(id),
    done(id),
    { type: 'change.committed', agentId: id, change },
  ];
}

describe('dwf and the changes of a run', () => {
  test('X03 changes and diff: a table, a patch that git takes, and names that are near', () =>
    withRun(async ({ dwf, repository }) => {
      expect((await dwf(['changes', 'run-1'])).out).toBe(
        [
          'a1  Mend a       1 file  +1 -1  approved   landed  workflow/run-1/a1',
          'a2  Mend b [31m  1 file  +1 -1  no review  open    workflow/run-1/a2',
          '',
          '1 change landed. Look: dwf diff run-1. Take over: dwf apply run-1',
          '',
        ].join('\n'),
      );
      const object = JSON.parse((await dwf(['changes', 'run-1', '--json'])).out) as object;
      expect(object).toMatchObject({
        runId: 'run-1',
        decisions: [],
        changes: [{ id: 'a1', standing: 'landed' }, { id: 'a2' }],
      });
      const patch = (await dwf(['diff', 'run-1'])).out;
      await writeFile(join(repository.dir, 'p.patch'), patch);
      await repository.git('apply', 'p.patch');
      expect(await repository.read('a.txt')).toBe('A\n');
      expect((await dwf(['diff', 'run-1', 'a2', '--stat'])).out).toBe('modified  +1 -1  b.txt\n');
      expect((await dwf(['diff', 'run-1', 'mend b'], [])).out).toContain('\u001b[32m+B\u001b[39m\n');
      expect(await dwf(['diff', 'run-1', 'mend'])).toMatchObject({
        code: 2,
        err: 'Several changes begin with mend: a1, a2. Give the id.\n',
      });
      expect((await dwf(['diff', 'run-1', 'nope'])).err).toBe(
        'There is no change nope in run run-1. There are: a1 (Mend a), a2 (Mend b[31m).\n',
      );
      expect((await dwf(['changes', 'run-2'])).err).toContain('Did you mean run-1?');
    }));

  test('X03 apply, undo and merge: said before, done on a yes, refused by name', () =>
    withRun(async ({ dwf, repository, status }) => {
      const dry = await dwf(['apply', 'run-1', '--dry-run']);
      expect(dry.out).toContain(
        '1 file is written as uncommitted work; your branch main and what you have staged stay.',
      );
      expect(dry.out).toMatch(/The run began on main at [0-9a-f]{8}\.\n\nM a\.txt \+1 -1\n/);
      expect(await dwf(['apply', 'run-1'], ['n'])).toMatchObject({ code: 2, err: 'Nothing was changed.\n' });
      expect(await status()).toBe('');
      expect((await dwf(['apply', 'run-1'], ['y'])).out).toContain(`Undo: dwf apply run-1 --undo\n`);
      expect(await status()).toBe(' M a.txt');
      expect(await dwf(['apply', 'run-1'])).toMatchObject({
        code: 0,
        out: 'There is nothing to do: it is all here already.\n',
      });
      const changes = JSON.parse((await dwf(['changes', 'run-1', '--json'])).out) as {
        changes: { standing: string }[];
      };
      expect(changes.changes.map(({ standing }) => standing)).toEqual(['applied', 'open']);
      expect((await dwf(['apply', 'run-1', '--undo', '--json'])).out).toMatch(
        /^\{"kind":"undone",.*"files":\["a\.txt"\]/,
      );
      await repository.write('a.txt', 'mine\n');
      expect(await dwf(['apply', 'run-1'])).toEqual({
        code: 2,
        out: '',
        err: 'Nothing was written: 1 file here would lose work of yours. Commit, save or move it, then try again.\n  a.txt: changed here and not committed\n',
      });
      expect((await dwf(['apply', 'run-1', 'a2', '--merge', '--yes'])).out).toContain('main has the change “Mend b');
      expect([await status(), await repository.read('b.txt')]).toEqual([' M a.txt', 'B\n']);
      expect((await dwf(['apply', 'run-1', '--undo'])).out).toContain('Nothing of this run is applied here');
    }));

  test.skipIf(!HAS_TERMINALS)('X03 Ctrl-C in a merge that has begun to write: it goes to its end, and says so', () =>
    withRun(({ repository, deps, status }) =>
      withDesk(async ({ start }) => {
        const filter = await slowFilter(repository, deps.home, 'b.txt');
        const env = { DYNAMIC_WORKFLOWS_HOME: deps.home, GIT_CONFIG_GLOBAL: '/dev/null' };
        const options = { cwd: repository.dir, env, terminal: { columns: 100, rows: 30 } };
        const merging = start(['apply', 'run-1', 'a2', '--merge', '--yes'], options);
        await filter.started();
        const told = { twice: false };
        const saying = merging.says('already goes to its end.').then(() => (told.twice = true));
        // To the whole group of the terminal, as it is typed; two at once would come as one.
        const press = () => {
          merging.child.stdin?.write('\u0003');
          return told.twice;
        };
        await expect.poll(press, { timeout: 20_000 }).toBe(true);
        await saying;
        await filter.release();
        const { code, stdout } = await merging.ended;
        expect(stdout).toContain('main has the change “Mend b');
        expect([code, await status(), await repository.read('b.txt')]).toEqual([0, '', 'B\n']);
      }),
    ),
  );

  test.skipIf(!HAS_TERMINALS)('X03 Ctrl-C at the question changes nothing and says so', () =>
    withRun(({ repository, deps, status }) =>
      withDesk(async ({ start }) => {
        const env = { DYNAMIC_WORKFLOWS_HOME: deps.home, GIT_CONFIG_GLOBAL: '/dev/null' };
        const options = { cwd: repository.dir, env, terminal: { columns: 100, rows: 30 } };
        const merging = start(['apply', 'run-1', 'a2', '--merge'], options);
        await merging.says('[Y/n]');
        merging.child.stdin?.write('\u0003');
        expect(await merging.ended).toMatchObject({
          code: 130,
          stdout: expect.stringContaining('Interrupted. Nothing was changed.') as string,
        });
        expect([await status(), await repository.read('b.txt')]).toEqual(['', 'b\n']);
      }),
    ),
  );

  test('X03 land and discard: what no review approved needs a yes, and what landed is not discarded', () =>
    withRun(async ({ dwf, repository }) => {
      expect((await dwf(['land', 'run-1', 'a2'])).err).toContain('no review has seen it. Give --yes');
      const failed = await dwf(['land', 'run-1', 'a2', '--yes', '--verify', 'echo bad; false']);
      expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('bad\n(exit code 1)') as string });
      expect((await dwf(['land', 'run-1', 'a2', '--yes', '--verify', 'grep -q B b.txt'])).out).toContain('landed: ');
      expect(await repository.git('show', 'workflow/run-1/integration:b.txt')).toBe('B');
      expect((await dwf(['discard', 'run-1', 'a2', '--yes'])).err).toContain('has landed');
      expect((await dwf(['discard', 'run-1', 'a1', '--undo'])).err).toContain('is not discarded');
      expect((await dwf(['apply', 'run-1'])).out).toContain('2 files of what landed');
    }));

  test.each([
    { name: 'goes well', setup: 'cp b.txt made.txt', code: 0, err: '' },
    { name: 'fails', setup: 'echo no >&2; exit 3', code: 1, err: 'ended with exit code 3 (no). All that it said: ' },
  ])('X03 a change is tested in a worktree like those of its run; its setup $name', ({ setup, code, err }) =>
    withRun(
      async ({ dwf, repository }) => {
        await repository.write('.git/info/exclude', 'deps\n');
        await repository.write('deps/one', '');
        const verify = 'grep -q B made.txt && test -f deps/one';
        const ended = await dwf(['land', 'run-1', 'a2', '--yes', '--verify', verify]);
        expect(ended).toMatchObject({ code, err: expect.stringContaining(err) as string });
      },
      { worktree: { setup, dependencyFolders: ['deps'] } },
    ),
  );

  test('X03 what somebody discards while a person is asked whether it is to land does not land', () =>
    withRun(async ({ dwf, env, repository }) => {
      const known = await changesOf(fakeIo({ cwd: repository.dir, env }), 'run-1', 'dwf land');
      const { changes, place, source } = known;
      const change = changes.find(({ id }) => id === 'a2');
      if (!change || !source.base) throw new Error('The run has no change a2');
      expect((await dwf(['discard', 'run-1', 'a2', '--yes'])).code).toBe(0);
      const home = env['DYNAMIC_WORKFLOWS_HOME'] ?? '';
      const { deps, close } = openLaterDeps(known.deps, { home, env, commits: DEFAULT_COMMITS, tell: () => undefined });
      const request = { runId: 'run-1', cwd: repository.dir, base: source.base.commit, change };
      const about = { ...request, changes: outsideChanges(changes) };
      const done = await landLater(deps, place, about, new AbortController().signal).finally(close);
      expect(done).toEqual({ kind: 'landing', landing: { status: 'discarded' } });
    }));

  test('X03 what lands after its run is committed as the person says', () =>
    withRun(async ({ dwf, repository }) => {
      await repository.git('config', 'gpg.program', '/bin/false');
      const flags = ['--sign-commits', '--commit-author', 'Grace <grace@example.com>'];
      const ended = await dwf(['land', 'run-1', 'a2', '--yes', ...flags]);
      expect(ended).toMatchObject({ code: 0, err: expect.stringContaining('What lands is not signed: ') as string });
      const author = await repository.git('log', '-1', '--format=%an <%ae>', 'workflow/run-1/integration');
      expect(author).toBe('Grace <grace@example.com>');
    }));

  test('X03 a change without a file hinders none that began on the same commit', () =>
    withRun(
      async ({ dwf }) => {
        expect((await dwf(['land', 'run-1', 'a2', '--yes'])).out).toContain('landed: ');
        expect((await dwf(['land', 'run-1', 'a3', '--yes'])).err).toContain('changes nothing');
      },
      { empty: true },
    ));

  test('X03 a discarded change keeps no run from being deleted, and one that is neither wanted nor landed does', () =>
    withRun(async ({ dwf, repository }) => {
      expect(await dwf(['runs', 'rm', 'run-1'])).toMatchObject({
        code: 3,
        out: expect.stringContaining('run-1: kept') as string,
      });
      expect((await dwf(['discard', 'run-1', 'mend b'])).out).toContain('Undo: dwf discard run-1 a2 --undo');
      expect((await dwf(['changes', 'run-1'])).out).toContain('discarded');
      expect((await dwf(['discard', 'run-1', 'a2', '--undo'])).out).toContain('is back, on workflow/run-1/a2');
      expect((await dwf(['discard', 'run-1', 'a2', '--yes'])).code).toBe(0);
      expect((await dwf(['runs', 'rm', 'run-1'])).out).toContain('run-1: deleted');
      expect(await repository.git('for-each-ref', 'refs/dynamic-workflows')).toBe('');
      expect(await repository.git('branch', '--list', 'workflow/*')).toContain('integration');
    }));

  test.runIf(process.platform === 'linux')('a command of an agent takes over, lands and discards nothing', () =>
    withDesk(async ({ dwf }) => {
      for (const command of ['apply', 'land', 'discard']) {
        const ended = await dwf([command, 'run-1', 'a1', '--yes'], { env: { [COMMAND_MARK]: 'mark' } });
        expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('a command of an agent') as string });
      }
    }),
  );

  test('W27 worktrees gc removes what nobody has, keeps what is not committed, and says where', async () => {
    const stage = await openWorktreeStage({ 'a.txt': 'a\n' });
    try {
      await stage.inOtherProcess(leaseMany('dead', 2, 'die', { 'mine.txt': 'work' }));
      const held = await stage.lease('held');
      const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), DYNAMIC_WORKFLOWS_HOME: stage.home };
      const dwf = async (...argv: readonly string[]): Promise<string> => {
        const io = fakeIo({ env, cwd: stage.repository.dir });
        expect([await commandLine(['worktrees', ...argv], io), io.err()]).toEqual([0, '']);
        return io.out();
      };
      expect(await dwf()).toMatch(/dead0 .*nobody has it[^]*held .*in use by process \d+[^]*3 worktrees, /);
      // A process that lives holds one of the same run: then none of it goes.
      expect(await dwf('gc')).toContain('Removed 0 worktrees');
      await held.release();
      await stage.worktrees.close();
      await mkdir(join(stage.home, 'worktrees', 'p-1', 'run-9', 'strange'), { recursive: true });
      expect(await dwf('gc', '--dry-run')).toMatch(/2 worktrees would go, \d+ B; 1 would stay/);
      const swept = await dwf('gc');
      expect(swept).toContain('refs/dynamic-workflows/run-1/rescued/dead0');
      expect(swept).toMatch(/strange stays: its repository is not where it was/);
      expect(swept).toMatch(/Removed 2 worktrees, \d+ B freed/);
      expect(await stage.repository.git('show', 'refs/dynamic-workflows/run-1/rescued/dead0:mine.txt')).toBe('work');
      expect(await stage.repository.git('worktree', 'list', '--porcelain')).not.toContain('dead');
    } finally {
      await stage.dispose();
    }
  });
});
