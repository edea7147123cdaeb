import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceFile, versionOf } from './files.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dwf-files-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stateOf = async (path: string) => versionOf(await lstat(path, { bigint: true }));

describe('replacing a file', () => {
  test('makes folders, gives the new state, and leaves nothing else behind', async () => {
    const path = join(folder, 'new', 'deep', 'a');
    const first = await replaceFile(path, 'one', { mode: 0o600, before: null });
    expect(first).toBe(await stateOf(path));
    expect(await replaceFile(path, 'two', { mode: null, before: first })).toBe(await stateOf(path));
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual(['a']);
  });

  test.each(['n'.repeat(255), '長'.repeat(85)])('a name as long as a disk takes: %#', async (name) => {
    expect(await replaceFile(join(folder, name), 'text', { mode: null, before: null })).not.toBeNull();
    expect(await readdir(folder)).toEqual([name]);
  });

  test('writes nothing over another state than it was judged in', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'theirs');
    const before = await stateOf(path);
    await writeFile(path, 'theirs, later');
    expect(await replaceFile(path, 'mine', { mode: null, before })).toBeNull();
    expect(await replaceFile(path, 'mine', { mode: null, before: null })).toBeNull();
    expect(await replaceFile(join(folder, 'gone'), 'mine', { mode: null, before })).toBeNull();
    expect(await readFile(path, 'utf8')).toBe('theirs, later');
    expect(await readdir(folder)).toEqual(['a']);
  });

  test.each([
    { name: 'its folder', path: 'link/a' },
    { name: 'a folder above', path: 'link/sub/a' },
  ])('writes nothing when a link has taken the place of $name', async ({ path }) => {
    await mkdir(join(folder, 'elsewhere', 'sub'), { recursive: true });
    await symlink(join(folder, 'elsewhere'), join(folder, 'link'));
    expect(await replaceFile(join(folder, path), 'x', { mode: null, before: null })).toBeNull();
    expect(await readdir(join(folder, 'elsewhere'), { recursive: true })).toEqual(['sub']);
  });

  test('a link in the place of the file is replaced by nothing', async () => {
    await writeFile(join(folder, 'target'), 'theirs');
    await symlink(join(folder, 'target'), join(folder, 'a'));
    expect(await replaceFile(join(folder, 'a'), 'x', { mode: null, before: null })).toBeNull();
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('theirs');
  });
});
