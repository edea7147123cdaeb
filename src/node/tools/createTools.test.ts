import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bench, newTools, permission, prepared, put, useToolBench } from '../../../test/support/toolBench.ts';
import { decide } from '../../engine/decide.ts';
import type { PermissionMode } from '../../protocol/run.ts';

useToolBench();

test('what the model is shown is the same for every agent, whatever its folder', () => {
  const specs = bench.tools.map((tool) => tool.spec);
  // One sign beyond Latin-1 doubles the memory of each request's text, and the time to write it.
  expect(JSON.stringify(specs)).toMatch(/^[\u0020-\u00ff]*$/);
  expect(JSON.stringify(newTools({ root: '/elsewhere' }).map((tool) => tool.spec))).toBe(JSON.stringify(specs));
});

describe('a worktree agent', () => {
  beforeEach(async () => {
    await writeFile(join(bench.outside, 'target'), 'theirs');
    await mkdir(join(bench.outside, 'folder'));
    await symlink(join(bench.outside, 'target'), join(bench.root, 'link'));
    await symlink(join(bench.outside, 'new'), join(bench.root, 'dangling'));
    await symlink(join(bench.outside, 'folder'), join(bench.root, 'linked'));
    await symlink('loop', join(bench.root, 'loop'));
    await put('.git', 'gitdir: elsewhere');
    await put('src/a.ts', '');
    await symlink(join(bench.root, 'src'), join(bench.root, 'inner'));
  });

  const writes = (mode: PermissionMode, path: string) => async () => {
    const request = await permission('Write', { path, content: 'x' });
    return (
      request &&
      decide({ mode, rules: { deny: [], ask: [], allow: [] }, root: bench.root, ownsRoot: true }, request).kind
    );
  };

  test.each([
    { path: 'src/new.ts', default: 'allow', bypass: 'allow' },
    { path: 'src/../src/new.ts', default: 'allow', bypass: 'allow' },
    { path: 'inner/new.ts', default: 'allow', bypass: 'allow' },
    { path: '../sibling.ts', default: 'deny', bypass: 'deny' },
    { path: 'src/../../sibling.ts', default: 'deny', bypass: 'deny' },
    { path: 'link', default: 'deny', bypass: 'deny' },
    { path: 'dangling', default: 'deny', bypass: 'deny' },
    { path: 'linked/deep/new.ts', default: 'deny', bypass: 'deny' },
    // Paths are joined before links are followed, here and when the file is opened.
    { path: 'linked/../target', default: 'allow', bypass: 'allow' },
    { path: '/tmp/x', default: 'deny', bypass: 'deny' },
    { path: '~/.bashrc', default: 'deny', bypass: 'deny' },
    { path: '.git', default: 'ask', bypass: 'deny' },
    { path: '.git/hooks/pre-commit', default: 'ask', bypass: 'deny' },
    { path: 'inner/../.git', default: 'ask', bypass: 'deny' },
  ] as const)('writing $path: $default by default, $bypass without questions', async (row) => {
    expect(await writes('default', row.path)()).toBe(row.default);
    expect(await writes('bypass', row.path)()).toBe(row.bypass);
  });

  test('a link that leads to itself is refused', async () => {
    await expect(prepared('Read', { path: 'loop' })).rejects.toThrow(/ELOOP|symbolic links/);
  });

  test.each([
    { name: 'Read', input: { path: 'link' }, subject: 'target' },
    { name: 'Edit', input: { path: 'linked/x', oldText: 'a', newText: 'b' }, subject: 'folder/x' },
    { name: 'Grep', input: { pattern: 'x', path: 'linked' }, subject: 'folder' },
    { name: 'Glob', input: { pattern: '*', path: 'linked' }, subject: 'folder' },
  ])('$name asks for where a link leads', async ({ name, input, subject }) => {
    expect(await permission(name, input)).toMatchObject({ tool: name, subject: join(bench.outside, subject) });
  });
});
