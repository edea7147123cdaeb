import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTRACT_FILES } from '../../workflow/worktrees.contract.ts';
import {
  leaseMany,
  NO_TRACES,
  openWorktreeStage,
  STAGE_RUN,
  type WorktreeStage,
} from '../../../test/support/worktreeStage.ts';
import { basesIn } from './baseTrees.ts';
import { tryBackends } from './chooseBackend.ts';
import { layersIn } from './layers.ts';
import { mountsNow, unmount } from './mounts.ts';

const { overlay: why } = await tryBackends(tmpdir());
const signal = new AbortController().signal;
const REF = `refs/dynamic-workflows/${STAGE_RUN}/rescued/w0`;

describe.skipIf(why !== null)(
  `W44 worktrees by overlay${why === null ? '' : `, which do not work here: ${why}`}`,
  () => {
    let stage: WorktreeStage;
    beforeEach(async () => void (stage = await openWorktreeStage(CONTRACT_FILES, 'overlay')));
    afterEach(() => stage.dispose());

    const mounts = async () => (await mountsNow()).map(({ at }) => at).filter((at) => at.startsWith(stage.home));
    const sweep = () => stage.worktrees.sweep(stage.repository.dir, STAGE_RUN);
    const changedIn = (ref: string) => stage.repository.git('diff', '--name-status', 'main', ref);
    /** Two worktrees of a process that is gone; in the first of them a file was changed and another made. */
    const die = () => stage.inOtherProcess(leaseMany('w', 2, 'die', { 'a.txt': 'lost?\n', 'new.txt': 'new\n' }));
    const project = async () => {
      const [name = ''] = await readdir(join(stage.home, 'worktrees'));
      return join(stage.home, 'worktrees', name);
    };
    async function expectNothingLeft(): Promise<void> {
      expect(await stage.traces()).toEqual(NO_TRACES);
      expect(await mounts()).toEqual([]);
      expect(await stage.repository.git('worktree', 'list', '--porcelain')).not.toContain('locked');
      expect(await stage.repository.git('status', '--porcelain')).toBe('');
      expect(await stage.repository.git('fsck', '--strict')).not.toMatch(/error|missing|broken/);
    }

    test('of a dead process are swept with their mounts, and what was written in them is kept', async () => {
      await die();
      expect(await mounts()).toHaveLength(3);
      expect(await sweep()).toEqual([REF]);
      expect(await changedIn(REF)).toBe('M\ta.txt\nA\tnew.txt');
      await expectNothingLeft();
    });

    test('whose mounts went with the system are mounted again, never taken for a deletion of everything', async () => {
      await die();
      await Promise.all((await mounts()).map(unmount));
      expect(await mounts()).toEqual([]);
      expect(await sweep()).toEqual([REF]);
      expect(await changedIn(REF)).toBe('M\ta.txt\nA\tnew.txt');
      await expectNothingLeft();
    });

    test('that cannot be mounted again leave what was written as files, and say where', async () => {
      await die();
      await Promise.all((await mounts()).map(unmount));
      await rm(basesIn(await project()), { recursive: true });
      const [aside = '', ...more] = await sweep();
      expect(more).toEqual([]);
      expect(aside).toMatch(/\/w0\.lost-[0-9a-f]+$/);
      expect(await readFile(join(aside, 'a.txt'), 'utf8')).toBe('lost?\n');
      expect(await readFile(join(aside, 'new.txt'), 'utf8')).toBe('new\n');
      expect(await stage.repository.git('for-each-ref', 'refs/dynamic-workflows')).toBe('');
      await rm(dirname(aside), { recursive: true });
      await expectNothingLeft();
    });

    test('whose records are gone leave what was written as files, and are unmounted', async () => {
      await die();
      await rm(join(stage.repository.dir, '.git/worktrees'), { recursive: true });
      const [aside = '', ...more] = await sweep();
      expect(more).toEqual([]);
      expect(await readFile(join(aside, 'new.txt'), 'utf8')).toBe('new\n');
      await rm(dirname(aside), { recursive: true });
      await expectNothingLeft();
    });

    test('that were recorded and never mounted are removed', async () => {
      await die();
      await Promise.all((await mounts()).map(unmount));
      for (const name of ['w0', 'w1'])
        await rm(join(stage.repository.dir, '.git/worktrees', name, 'dynamic-workflows-index'));
      expect(await sweep()).toEqual([]);
      await expectNothingLeft();
    });

    test('whose records were never written are removed, or kept as files where something was written', async () => {
      await (await stage.lease('one')).release();
      const layers = layersIn(await project());
      for (const name of ['empty', 'full'])
        await mkdir(join(layers, `${STAGE_RUN}.${name}.00`, 'upper'), { recursive: true });
      await writeFile(join(layers, `${STAGE_RUN}.full.00/upper/file`), 'x');
      const [aside = '', ...more] = await sweep();
      expect(more).toEqual([]);
      expect(await readFile(join(aside, 'file'), 'utf8')).toBe('x');
      await rm(dirname(aside), { recursive: true });
      await expectNothingLeft();
    });

    test('are mounted again for a commit', async () => {
      const own = await stage.lease('w0');
      await writeFile(join(own.path, 'a.txt'), 'A\n');
      await unmount(own.path);
      const commit = await own.commit({ branch: `workflow/${STAGE_RUN}/w0`, message: 'work' }, signal);
      expect(commit?.files.map(({ path, status }) => `${status} ${path}`)).toEqual(['modified a.txt']);
      await own.release();
      await expectNothingLeft();
    });

    test('in whose place something else lies are not committed, and both are kept', async () => {
      const own = await stage.lease('w0');
      await writeFile(join(own.path, 'a.txt'), 'A\n');
      await unmount(own.path);
      await writeFile(join(own.path, 'late.txt'), 'late\n');
      await expect(own.commit({ branch: `workflow/${STAGE_RUN}/w0`, message: 'work' }, signal)).rejects.toThrow(
        'mount',
      );
      const [aside = '', ref] = (await own.abandon())?.split(' and ') ?? [];
      expect(ref).toBe(REF);
      expect(await changedIn(REF)).toBe('M\ta.txt');
      expect(await readFile(join(aside, 'late.txt'), 'utf8')).toBe('late\n');
      await stage.worktrees.close();
      await rm(dirname(aside), { recursive: true });
      await expectNothingLeft();
    });

    test('share files that nobody can write', async () => {
      const own = await stage.lease('w0');
      const bases = basesIn(await project());
      const [name = ''] = await readdir(bases);
      await expect(writeFile(join(bases, name, 'files/a.txt'), 'x')).rejects.toMatchObject({ code: 'EROFS' });
      await own.release();
      await expectNothingLeft();
    });
  },
);
