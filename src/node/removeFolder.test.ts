import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeFolder } from './removeFolder.ts';
import { createTrash } from './worktrees/trash.ts';

let base = '';
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'dwf-remove-')));
  await mkdir(join(base, 'kept'));
  await writeFile(join(base, 'kept/file'), 'a person needs it');
  await mkdir(join(base, 'gone/inside'), { recursive: true });
  await writeFile(join(base, 'gone/file'), 'x');
});
afterEach(() => rm(base, { recursive: true }));

test('a folder goes with all in it, write-protected folders too; what a link leads to stays', async () => {
  await symlink(join(base, 'kept'), join(base, 'gone/link'));
  await chmod(join(base, 'gone/inside'), 0o500);
  await removeFolder(join(base, 'gone'));
  expect(await readdir(base)).toEqual(['kept']);
  expect(await readFile(join(base, 'kept/file'), 'utf8')).toBe('a person needs it');
});

function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

test.runIf(canMount())('one with something mounted in it stays whole, and so does what is mounted', async () => {
  const inside = join(base, 'gone/inside');
  execFileSync('mount', ['--bind', join(base, 'kept'), inside]);
  try {
    await expect(removeFolder(join(base, 'gone'))).rejects.toThrow('something is mounted at');
    await expect(createTrash().remove(join(base, 'gone'))).rejects.toThrow('cannot be deleted');
    expect(await readdir(join(base, 'gone'))).toEqual(['file', 'inside']);
    expect(await readFile(join(base, 'kept/file'), 'utf8')).toBe('a person needs it');
  } finally {
    execFileSync('umount', [inside]);
  }
  await createTrash().remove(join(base, 'gone'));
  expect(await readdir(base)).toEqual(['kept']);
});
