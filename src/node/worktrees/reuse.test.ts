import { chmod, link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTRACT_FILES } from '../../workflow/worktrees.contract.ts';
import type { Lease } from '../../workflow/worktrees.ts';
import { runGit } from '../../../test/support/gitRepository.ts';
import { NO_TRACES, openWorktreeStage, type WorktreeStage } from '../../../test/support/worktreeStage.ts';

describe.skipIf(process.platform !== 'linux')('W27 a worktree that another agent had before', () => {
  let stage: WorktreeStage;
  beforeEach(async () => {
    stage = await openWorktreeStage({ ...CONTRACT_FILES, 'sub/c.txt': 'c\n', '.gitignore': 'ignored/\n' }, 'plain');
  });
  afterEach(() => stage.dispose());

  /** A file system gives the number of a file that is gone to another one. */
  const fileOf = async (own: Lease) => {
    const { ino, birthtimeMs } = await stat(join(own.path, 'b.txt'));
    return `${ino} ${birthtimeMs}`;
  };
  /** Gives one back as the agent left it, and takes the next; whether that is the same one, as seen by an untouched file. */
  async function next(leave: (own: Lease) => Promise<unknown>): Promise<{ own: Lease; reused: boolean }> {
    const first = await stage.lease('first');
    const before = await fileOf(first);
    await leave(first);
    await first.release();
    const own = await stage.lease('second');
    return { own, reused: (await fileOf(own)) === before };
  }
  async function expectFresh(own: Lease): Promise<void> {
    expect((await readdir(own.path)).sort()).toEqual(['.git', '.gitignore', 'a.txt', 'b.txt', 'sub']);
    expect(await readdir(join(own.path, 'sub'))).toEqual(['c.txt']);
    expect(await readFile(join(own.path, 'a.txt'), 'utf8')).toBe('a\n');
    expect(await readFile(join(own.path, 'sub/c.txt'), 'utf8')).toBe('c\n');
    expect(await runGit(own.path, ['status', '--porcelain', '--ignored'])).toBe('');
    expect(await runGit(own.path, ['branch', '--show-current'])).toBe('');
    expect(await stage.repository.git('worktree', 'list')).toContain(own.path);
    await own.release();
    expect(await stage.traces()).toEqual(NO_TRACES);
  }

  test('is clean again under its own name, whatever was changed, made, ignored or committed in it', async () => {
    const { own } = await next(async ({ path }) => {
      await writeFile(join(path, 'a.txt'), 'A\n');
      await rm(join(path, 'sub'), { recursive: true });
      await symlink('/etc', join(path, 'sub'));
      await mkdir(join(path, 'ignored/deep'), { recursive: true });
      await writeFile(join(path, 'ignored/deep/x'), 'x');
      await runGit(path, ['checkout', '-q', '-b', 'mine']);
      await runGit(path, ['update-index', '--assume-unchanged', 'a.txt']);
    });
    expect(own.path.endsWith('/second')).toBe(true);
    await expectFresh(own);
  });

  test.each([
    {
      name: 'a repository within',
      leave: ({ path }: Lease) => runGit(path, ['init', '-q', 'nested']),
    },
    {
      name: 'a file that has another name elsewhere',
      leave: ({ path }: Lease) => link(join(path, 'a.txt'), join(stage.home, 'elsewhere')),
    },
    {
      name: 'a folder that it protected',
      leave: ({ path }: Lease) => chmod(join(path, 'sub'), 0o500),
    },
    {
      name: 'a .git of its own',
      leave: async ({ path }: Lease) => {
        await rm(join(path, '.git'));
        await runGit(path, ['init', '-q']);
      },
    },
  ])('is not used when the agent left $name', async ({ leave }) => {
    const { own, reused } = await next(leave);
    expect(reused).toBe(false);
    await expectFresh(own);
  });

  test('is not used while a process is left in it', async () => {
    const first = await stage.lease('first');
    const before = await fileOf(first);
    const running = stage.inOtherProcess(`
      process.chdir(${JSON.stringify(first.path)});
      writeFileSync(${JSON.stringify(join(stage.home, 'in'))}, '');
      while (!existsSync(${JSON.stringify(join(stage.home, 'out'))})) await new Promise((resolve) => setTimeout(resolve, 10));`);
    while ((await stat(join(stage.home, 'in')).catch(() => null)) === null)
      await new Promise((go) => setTimeout(go, 10));
    await first.release();
    const own = await stage.lease('second');
    expect(await fileOf(own)).not.toBe(before);
    await writeFile(join(stage.home, 'out'), '');
    await running;
    await expectFresh(own);
  });

  test('is used: git writes again only what was changed', async () => {
    const first = await stage.lease('first');
    const before = await fileOf(first);
    await writeFile(join(first.path, 'a.txt'), 'A\n');
    await first.release();
    const own = await stage.lease('second');
    expect(await fileOf(own)).toBe(before);
    await expectFresh(own);
  });
});
