import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decide } from '../engine/decide.ts';
import { readPermissionSettings, type PermissionSettings } from './permissionSettings.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dwf-settings-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function settings(files: Readonly<Record<string, string>>): Promise<PermissionSettings> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return readPermissionSettings({ cwd: join(folder, 'project'), home: join(folder, 'home') });
}

const PROJECT = 'project/.claude/settings.json';
const LOCAL = 'project/.claude/settings.local.json';
const PERSON = 'home/.claude/settings.json';
const permissions = (rules: object): string =>
  JSON.stringify({ permissions: rules, model: 'other settings stay unread' });

test('no file is no rule', async () => {
  expect(await settings({})).toEqual({ rules: { deny: [], ask: [], allow: [] }, warnings: [] });
});

test('joins the rules of all files', async () => {
  const found = await settings({
    [PROJECT]: `\uFEFF${permissions({ allow: ['Bash(npm test)'], deny: ['Read(.env)'] })}`,
    [LOCAL]: permissions({ allow: ['Edit(src/**)'] }),
    [PERSON]: permissions({ ask: ['Bash(git push:*)'] }),
  });
  expect(found).toEqual({
    rules: { deny: ['Read(.env)'], ask: ['Bash(git push:*)'], allow: ['Bash(npm test)', 'Edit(src/**)'] },
    warnings: [],
  });
});

test('~ means the person’s folder', async () => {
  const { rules } = await settings({ [PERSON]: permissions({ deny: ['Read(~/.ssh/**)'] }) });
  const policy = { mode: 'bypass' as const, rules, root: '/w', ownsRoot: false };
  const read = (subject: string) => decide(policy, { tool: 'Read', access: 'read', subject }).kind;
  expect(read(join(folder, 'home/.ssh/id'))).toBe('deny');
  expect(read('/other/.ssh/id')).toBe('allow');
});

test.each([
  {
    name: 'no JSON',
    text: '{"permissions": {',
    says: /settings\.json is not valid JSON \(.+\): its permission rules are not used, and no allow rule counts/,
  },
  {
    name: 'another shape',
    text: permissions({ deny: 'Bash' }),
    says: /settings\.json is wrong at permissions\.deny \(.+\): its permission rules/,
  },
  { name: 'no object', text: '[]', says: /settings\.json is wrong at its root/ },
])('a file with $name takes every allow rule away, and says so', async ({ text, says }) => {
  const { rules, warnings } = await settings({
    [PROJECT]: text,
    [LOCAL]: permissions({ allow: ['Bash'], deny: ['Read(x)'] }),
  });
  expect(rules).toEqual({ deny: ['Read(x)'], ask: [], allow: [] });
  expect(warnings).toEqual([expect.stringMatching(says)]);
});

test('a folder in the place of a file is a problem, not an absence', async () => {
  await mkdir(join(folder, PROJECT), { recursive: true });
  expect((await settings({})).warnings).toEqual([expect.stringContaining('cannot be read (EISDIR)')]);
});

test('a rule that cannot be read is named; a forbidding one holds for its tool', async () => {
  const { rules, warnings } = await settings({
    [PROJECT]: permissions({ allow: ['Bash(x', 'Bash(ls)'], deny: ['Edit(y'] }),
  });
  expect(rules).toEqual({ deny: ['Edit(y'], ask: [], allow: ['Bash(ls)'] });
  expect(warnings).toEqual([
    expect.stringContaining('"Edit(y" is no rule'),
    expect.stringContaining('"Bash(x" is no rule'),
  ]);
});
