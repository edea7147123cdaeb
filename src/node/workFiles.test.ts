import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorktreeStage } from '../../test/support/worktreeStage.ts';
import { workFilesContract } from '../workflow/workFiles.contract.ts';
import { createGit } from './git.ts';
import { createWorkFiles } from './workFiles.ts';

async function open() {
  const stage = await openWorktreeStage({ 'a.txt': 'a\n' });
  const lease = await stage.lease();
  return {
    files: createWorkFiles(createGit()),
    cwd: stage.repository.dir,
    base: await stage.repository.git('rev-parse', 'HEAD'),
    lease,
    dispose: async () => {
      await lease.release();
      await stage.dispose();
    },
  };
}

workFilesContract('git', open);

test('X02 no link leads out of a worktree, to read or to write', async () => {
  const { files, cwd, lease, dispose } = await open();
  try {
    await symlink(cwd, join(lease.path, 'out'));
    await symlink(join(cwd, 'a.txt'), join(lease.path, 'file.txt'));
    for (const path of ['out/a.txt', 'file.txt']) {
      expect(await files.read(lease.path, path, 100)).toBeNull();
      expect(await files.add(lease.path, path, 'x')).toBe('refused');
    }
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe('a\n');
  } finally {
    await dispose();
  }
});
