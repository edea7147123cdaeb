import { chmod, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDecisions } from '../../src/node/apply/decisionLog.ts';
import type { GitRepository } from '../support/gitRepository.ts';
import { bytesOf, signal, withApplyStage, type ApplyStage } from '../support/applyStage.ts';
import { applyChanges } from '../../src/node/apply/applyChanges.ts';

const TEN = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n';
const FILES = { 'a.txt': TEN, 'b.txt': 'b\n', 'sub/c.txt': 'c\n', '.gitignore': 'ignored*\n' };

const upper = (repository: GitRepository): Promise<void> => repository.write('a.txt', TEN.replace('two', 'TWO'));

describe('X03 apply to the working tree', () => {
  test('writes what a change did as uncommitted work, leaves index and HEAD alone, and is undone to the byte', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, apply, undo, change, run } = stage;
      const binary = Buffer.from([0, 1, 2, 255, 254, 13, 10, 0]);
      const source = await change(async (on) => {
        await upper(on);
        await on.write('deep/new dir/ünï "q".bin', binary);
        await on.git('rm', '-q', 'b.txt');
        await on.git('mv', 'sub/c.txt', 'sub/moved.txt');
      });
      const before = await repository.git('ls-files', '--stage');
      const head = await repository.git('rev-parse', 'HEAD');
      const applied = await apply(source);
      expect(applied).toMatchObject({ kind: 'applied', number: 1, checkout: repository.dir });
      expect(await repository.read('a.txt')).toContain('TWO');
      expect(await bytesOf(repository, 'deep/new dir/ünï "q".bin')).toEqual(binary);
      expect(await stage.status()).toBe(
        [
          ' M a.txt',
          ' D b.txt',
          ' D sub/c.txt',
          '?? "deep/new dir/\\303\\274n\\303\\257 \\"q\\".bin"',
          '?? sub/moved.txt',
        ].join('\n'),
      );
      expect(await repository.git('ls-files', '--stage')).toBe(before);
      expect(await repository.git('rev-parse', 'HEAD')).toBe(head);
      expect(await apply(source)).toEqual({ kind: 'nothing' });
      expect(await undo()).toMatchObject({ kind: 'undone', number: 1 });
      expect(await stage.status()).toBe('');
      await expect(lstat(join(repository.dir, 'deep'))).rejects.toThrow('ENOENT');
      expect(await undo()).toEqual({ kind: 'nothing' });
      expect((await readDecisions(run.dir)).map(({ type }) => type)).toEqual(['applied', 'undone']);
      expect((await lstat(join(run.dir, 'decisions.ndjson'))).mode & 0o777).toBe(0o600);
      expect(await repository.git('fsck', '--no-dangling')).toBe('');
      expect(await repository.git('worktree', 'list', '--porcelain')).not.toContain('run-1');
    }));

  test.each<{
    name: string;
    edit: (repository: GitRepository) => Promise<unknown>;
    mine: (repository: GitRepository) => Promise<unknown>;
    refused: object;
    keeps: readonly [path: string, content: string];
  }>([
    {
      name: 'a dirty file',
      edit: upper,
      mine: (on) => on.write('a.txt', `${TEN}mine\n`),
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'edited' }] },
      keeps: ['a.txt', `${TEN}mine\n`],
    },
    {
      name: 'a staged file',
      edit: upper,
      mine: async (on) => {
        await on.write('a.txt', `${TEN}mine\n`);
        await on.git('add', 'a.txt');
      },
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'edited' }] },
      keeps: ['a.txt', `${TEN}mine\n`],
    },
    {
      name: 'a dirty file that git was told not to look at',
      edit: upper,
      mine: async (on) => {
        await on.git('update-index', '--assume-unchanged', 'a.txt');
        await on.write('a.txt', 'mine\n');
      },
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'edited' }] },
      keeps: ['a.txt', 'mine\n'],
    },
    {
      name: 'an untracked file',
      edit: (on) => on.write('new.txt', 'theirs\n'),
      mine: (on) => on.write('new.txt', 'mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'new.txt', why: 'untracked' }] },
      keeps: ['new.txt', 'mine\n'],
    },
    {
      name: 'an ignored file',
      edit: async (on) => {
        await on.write('ignored.env', 'theirs\n');
        await on.git('add', '-f', 'ignored.env');
      },
      mine: (on) => on.write('ignored.env', 'SECRET=mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'ignored.env', why: 'untracked' }] },
      keeps: ['ignored.env', 'SECRET=mine\n'],
    },
    {
      name: 'an untracked file where a folder would be',
      edit: (on) => on.write('place/x.txt', 'theirs\n'),
      mine: (on) => on.write('place', 'mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'place/x.txt', why: 'untracked' }] },
      keeps: ['place', 'mine\n'],
    },
    {
      name: 'untracked files in a folder where a file would be',
      edit: async (on) => {
        await on.git('rm', '-q', 'sub/c.txt');
        await on.write('sub', 'theirs\n');
      },
      mine: (on) => on.write('sub/ignored.txt', 'mine\n'),
      refused: { kind: 'overlap', overlaps: [{ path: 'sub', why: 'untracked' }] },
      keeps: ['sub/ignored.txt', 'mine\n'],
    },
    {
      name: 'a deleted file that the change edits',
      edit: async (on) => {
        await upper(on);
        await on.write('b.txt', 'B\n');
      },
      mine: (on) => rm(join(on.dir, 'a.txt')),
      refused: { kind: 'overlap', overlaps: [{ path: 'a.txt', why: 'edited' }] },
      keeps: ['b.txt', 'b\n'],
    },
    {
      name: 'a file that was moved on in a commit, with edits that are not committed',
      edit: upper,
      mine: async (on) => {
        await on.git('mv', 'a.txt', 'moved.txt');
        await on.commit('move');
        await on.write('moved.txt', `${TEN}mine\n`);
      },
      refused: { kind: 'overlap', overlaps: [{ path: 'moved.txt', why: 'edited' }] },
      keeps: ['moved.txt', `${TEN}mine\n`],
    },
    {
      name: 'a HEAD that has moved on to something else in the same lines',
      edit: upper,
      mine: async (on) => {
        await on.write('a.txt', TEN.replace('two', 'zwei'));
        await on.commit('mine');
      },
      refused: { kind: 'conflict', paths: ['a.txt'] },
      keeps: ['a.txt', TEN.replace('two', 'zwei')],
    },
  ])('refuses $name, and changes nothing', ({ edit, mine, refused, keeps }) =>
    withApplyStage(FILES, async ({ repository, change, apply, status, run }) => {
      const source = await change(edit);
      await mine(repository);
      const before = await status();
      expect(await apply(source)).toEqual(refused);
      expect(await status()).toBe(before);
      expect(await repository.read(keeps[0])).toBe(keeps[1]);
      expect(await readDecisions(run.dir)).toEqual([]);
    }),
  );

  test('refuses a file that an editor has not saved, and applies beside one that does not overlap', () =>
    withApplyStage(FILES, async ({ repository, change, apply, undo }) => {
      const source = await change(upper);
      const unsaved = (path: string) => ({ unsaved: [join(repository.dir, path)] });
      expect(await apply(source, unsaved('a.txt'))).toEqual({
        kind: 'overlap',
        overlaps: [{ path: 'a.txt', why: 'unsaved' }],
      });
      expect(await apply(source, unsaved('b.txt'))).toMatchObject({ kind: 'applied' });
      expect(await undo(unsaved('a.txt'))).toEqual({ kind: 'edited', paths: ['a.txt'] });
      expect(await undo()).toMatchObject({ kind: 'undone' });
    }));

  test('goes by what a moved HEAD and dirty files elsewhere make of it', () =>
    withApplyStage(FILES, async ({ repository, change, apply, status }) => {
      const source = await change(upper);
      await repository.write('a.txt', TEN.replace('nine', 'NINE'));
      await repository.commit('mine, further down');
      await repository.git('checkout', '-q', '--detach');
      await repository.write('b.txt', 'mine\n');
      expect(await apply(source, { cwd: join(repository.dir, 'sub') })).toMatchObject({ kind: 'applied' });
      expect(await repository.read('a.txt')).toBe(TEN.replace('two', 'TWO').replace('nine', 'NINE'));
      expect(await status()).toBe(' M a.txt\n M b.txt');
      expect(await repository.read('b.txt')).toBe('mine\n');
    }));

  test('applies onto uncommitted work that its base was a snapshot of, and merges without it', () =>
    withApplyStage(FILES, async ({ repository, apply, undo, merge, status }) => {
      await repository.write('a.txt', `${TEN}mine\n`);
      await repository.git('add', '-A');
      const parent = await repository.git('rev-parse', 'HEAD');
      const snapshot = await repository.git('commit-tree', '-p', parent, '-m', 's', await repository.git('write-tree'));
      await repository.write('a.txt', `${TEN.replace('two', 'TWO')}mine\n`);
      await repository.git('add', '-A');
      const commit = await repository.git('commit-tree', '-p', snapshot, '-m', 'c', await repository.git('write-tree'));
      await repository.write('a.txt', `${TEN}mine\n`);
      await repository.git('reset', '-q');
      const source = {
        runId: 'run-1',
        change: 'one',
        label: 'one',
        branch: 'b',
        base: snapshot,
        commit,
        onSnapshot: true,
      };
      expect(await apply(source)).toMatchObject({ kind: 'applied' });
      expect(await repository.read('a.txt')).toBe(`${TEN.replace('two', 'TWO')}mine\n`);
      expect(await undo()).toMatchObject({ kind: 'undone' });
      expect(await repository.read('a.txt')).toBe(`${TEN}mine\n`);
      expect(await status()).toBe(' M a.txt');
      expect(await merge(source)).toMatchObject({ kind: 'overlap' });
      await repository.git('stash', '-q');
      expect(await merge(source)).toMatchObject({
        kind: 'merged',
        files: [{ path: 'a.txt', additions: 1, deletions: 1 }],
      });
      expect(await repository.read('a.txt')).toBe(TEN.replace('two', 'TWO'));
      expect(await repository.git('log', '-1', '--format=%P')).toBe(parent);
    }));

  test('modes, links, and files that become folders come and go with the apply', () =>
    withApplyStage(
      { ...FILES, 'run.sh': 'echo\n', 'x/y.txt': 'y\n' },
      async ({ repository, change, apply, undo, status }) => {
        const at = (path: string): string => join(repository.dir, path);
        await symlink('a.txt', at('link'));
        await repository.commit('link');
        const source = await change(async () => {
          await chmod(at('run.sh'), 0o755);
          await rm(at('link'));
          await symlink('b.txt', at('link'));
          await rm(at('b.txt'));
          await mkdir(at('b.txt'));
          await writeFile(at('b.txt/in.txt'), 'in\n');
          await rm(at('x'), { recursive: true });
          await writeFile(at('x'), 'file\n');
        });
        await chmod(at('run.sh'), 0o600);
        expect(await apply(source)).toMatchObject({ kind: 'applied' });
        expect((await lstat(at('run.sh'))).mode & 0o777).toBe(0o700);
        expect(await readlink(at('link'))).toBe('b.txt');
        expect(await repository.read('b.txt/in.txt')).toBe('in\n');
        expect(await repository.read('x')).toBe('file\n');
        expect(await undo()).toMatchObject({ kind: 'undone' });
        expect(await status()).toBe('');
        expect((await lstat(at('run.sh'))).mode & 0o777).toBe(0o600);
        expect(await readlink(at('link'))).toBe('a.txt');
      },
    ));

  test('line endings are those of the checkout, and an undo gives back the very bytes', () =>
    withApplyStage({ '.gitattributes': '*.txt text\n', 'a.txt': TEN, 'b.txt': 'b\n' }, async (stage) => {
      const { repository, change, apply, undo } = stage;
      const source = await change(async (on) => {
        await upper(on);
        await on.write('n.txt', 'new\nfile\n');
      });
      await repository.git('config', 'core.autocrlf', 'true');
      // Ends of lines as no checkout would write them: git takes them for the same file.
      const mixed = TEN.replaceAll('\n', '\r\n').replace('one\r\n', 'one\n');
      await repository.write('a.txt', mixed);
      expect(await apply(source)).toMatchObject({ kind: 'applied' });
      expect(await repository.read('a.txt')).toBe(TEN.replace('two', 'TWO').replaceAll('\n', '\r\n'));
      expect(await repository.read('n.txt')).toBe('new\r\nfile\r\n');
      expect(await undo()).toMatchObject({ kind: 'undone' });
      expect(await repository.read('a.txt')).toBe(mixed);
    }));

  test('writes no further than the checkout, whatever links lie in it', () =>
    withApplyStage(FILES, async ({ repository, change, apply, deps }) => {
      const source = await change((on) => on.write('sub/d.txt', 'theirs\n'));
      await rm(join(repository.dir, 'sub'), { recursive: true });
      await symlink(deps.home, join(repository.dir, 'sub'));
      expect(await apply(source)).toMatchObject({ kind: 'overlap', overlaps: [{ path: 'sub/d.txt' }] });
      await expect(lstat(join(deps.home, 'd.txt'))).rejects.toThrow('ENOENT');
    }));

  test('a linked worktree is a checkout like any other, and a commit of elsewhere is named', () =>
    withApplyStage(FILES, async ({ repository, change, apply, undo, status, deps, run }) => {
      const source = await change(upper);
      const linked = join(deps.home, 'linked');
      await repository.git('worktree', 'add', '-q', '-b', 'other', linked);
      expect(await apply(source, { cwd: linked })).toMatchObject({ kind: 'applied', checkout: linked });
      expect(await status()).toBe('');
      expect(await readFile(join(linked, 'a.txt'), 'utf8')).toContain('TWO');
      expect(await undo()).toMatchObject({ kind: 'undone', checkout: linked });
      await withApplyStage(FILES, async (elsewhere) => {
        const wrong = await applyChanges(deps, { run, cwd: elsewhere.repository.dir, source }, signal);
        expect(wrong).toMatchObject({
          kind: 'failed',
          message: expect.stringContaining('does not have commit') as string,
        });
      });
    }));

  test('undo refuses by name what was edited since, and does nothing then', () =>
    withApplyStage(FILES, async ({ repository, change, apply, undo }) => {
      const source = await change(async (on) => {
        await upper(on);
        await on.write('b.txt', 'B\n');
      });
      await apply(source);
      await repository.write('b.txt', 'B and mine\n');
      expect(await undo()).toEqual({ kind: 'edited', paths: ['b.txt'] });
      expect(await repository.read('a.txt')).toContain('TWO');
      expect(await repository.read('b.txt')).toBe('B and mine\n');
    }));

  test('two applies at once write one after the other, and a forecast writes nothing', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, change, apply, forecast, status } = stage;
      const [one, two] = [await change(upper, 'one'), await change((on) => on.write('b.txt', 'B\n'), 'two')];
      expect(await forecast(one)).toMatchObject({
        apply: { kind: 'possible', branch: 'main', files: [{ path: 'a.txt' }] },
        merge: { kind: 'possible', branch: 'main', files: [{ path: 'a.txt' }] },
      });
      expect(await status()).toBe('');
      const both = await Promise.all([apply(one), apply(two)]);
      expect(both.map(({ kind }) => kind)).toEqual(['applied', 'applied']);
      expect(await status()).toBe(' M a.txt\n M b.txt');
      expect(await numbersOf(stage)).toEqual([1, 2]);
      expect(await repository.read('b.txt')).toBe('B\n');
    }));
});

async function numbersOf({ run }: ApplyStage): Promise<readonly number[]> {
  return (await readDecisions(run.dir)).flatMap((one) => (one.type === 'applied' ? [one.number] : []));
}
