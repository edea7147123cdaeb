import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../engine/decide.ts';
import type { PermissionSettings } from '../workflow/permissions.ts';
import { readPermissionSettings, type OwnPermissions } from './permissionSettings.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dwf-settings-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function settings(files: Readonly<Record<string, string>>, own?: OwnPermissions): Promise<PermissionSettings> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return readPermissionSettings({ cwd: join(folder, 'project'), home: join(folder, 'home'), own });
}

const PROJECT = 'project/.claude/settings.json';
const LOCAL = 'project/.claude/settings.local.json';
const PERSON = 'home/.claude/settings.json';
const permissions = (rules: object): string =>
  JSON.stringify({ permissions: rules, model: 'other settings stay unread' });

test('no file is no rule', async () => {
  expect(await settings({})).toEqual({ rules: { deny: [], ask: [], allow: [] }, directories: [], warnings: [] });
});

test('joins the rules of all files', async () => {
  const found = await settings({
    [PROJECT]: `\uFEFF${permissions({ allow: ['Bash(npm test)'], deny: ['Read(.env)'] })}`,
    [LOCAL]: permissions({ allow: ['Edit(src/**)'] }),
    [PERSON]: permissions({ ask: ['Bash(git push:*)'] }),
  });
  expect(found).toEqual({
    rules: { deny: ['Read(.env)'], ask: ['Bash(git push:*)'], allow: ['Bash(npm test)', 'Edit(src/**)'] },
    directories: [],
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
  expect((await settings({})).warnings).toEqual([expect.stringContaining('is no regular file')]);
});

// A device stands for one without an end, which would fill the memory before the first question to a person.
test.each([
  { name: 'a link to a device', put: (path: string) => symlink('/dev/null', path), says: 'is no regular file' },
  {
    name: 'a file of more than 1 MiB',
    put: (path: string) => writeFile(path, permissions({ allow: ['Bash'] }) + ' '.repeat(1024 * 1024)),
    says: 'is larger than 1024 KiB',
  },
])('$name is not read, and takes every allow rule away', async ({ put, says }) => {
  await mkdir(join(folder, 'project/.claude'), { recursive: true });
  await put(join(folder, PROJECT));
  const { rules, warnings } = await settings({ [LOCAL]: permissions({ allow: ['Bash'], deny: ['Read(x)'] }) });
  expect(rules).toEqual({ deny: ['Read(x)'], ask: [], allow: [] });
  expect(warnings).toEqual([expect.stringContaining(says)]);
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

describe('the mode', () => {
  const own = (mode?: OwnPermissions['mode']): OwnPermissions => ({ name: 'The settings', rules: {}, mode });
  test.each([
    { name: 'is the person’s', person: 'acceptEdits', mode: 'acceptEdits' },
    { name: 'in the words of other programs', person: 'bypassPermissions', mode: 'bypass' },
    {
      name: 'is that of the program’s own settings before that of the file',
      person: 'acceptEdits',
      set: own('plan'),
      mode: 'plan',
    },
    { name: 'is not named', mode: undefined },
    { name: 'is not loosened by a project', project: 'bypassPermissions', mode: undefined },
    { name: 'is not loosened by a project’s local file', person: 'plan', local: 'acceptEdits', mode: 'plan' },
    { name: 'is made stricter by a project', person: 'acceptEdits', project: 'plan', mode: 'plan' },
    { name: 'is made stricter by a project where none is named', project: 'dontAsk', mode: 'dontAsk' },
    {
      name: 'is the strictest that a project names',
      set: own('bypass'),
      project: 'default',
      local: 'plan',
      mode: 'plan',
    },
    {
      name: 'is default where it is not known',
      person: 'yolo',
      mode: 'default',
      warns: 'the mode "yolo" is not known',
    },
  ])('$name', async ({ person, project, local, set, mode, warns }) => {
    const file = (defaultMode: string | undefined) => permissions(defaultMode === undefined ? {} : { defaultMode });
    const found = await settings({ [PERSON]: file(person), [PROJECT]: file(project), [LOCAL]: file(local) }, set);
    expect(found.mode).toBe(mode);
    expect(found.warnings).toEqual(warns === undefined ? [] : [expect.stringContaining(warns)]);
  });

  test('of another type is a broken file', async () => {
    const { warnings, mode } = await settings({ [PROJECT]: permissions({ defaultMode: true, allow: ['Bash'] }) });
    expect([mode, warnings]).toEqual([undefined, [expect.stringContaining('permissions.defaultMode')]]);
  });
});

test('more folders are named by the person alone, in full or from home', async () => {
  await mkdir(join(folder, 'home/notes'), { recursive: true });
  await mkdir(join(folder, 'docs'));
  const { directories, warnings } = await settings({
    [PERSON]: permissions({
      additionalDirectories: ['~/notes', join(folder, 'docs'), 'relative', join(folder, 'gone')],
    }),
    [PROJECT]: permissions({ additionalDirectories: ['/'] }),
  });
  const there = await realpath(folder);
  expect(directories).toEqual([join(there, 'home/notes'), join(there, 'docs')]);
  expect(warnings).toEqual([
    expect.stringContaining('"relative" is not there, or not named in full'),
    expect.stringContaining('gone" is not there'),
    expect.stringContaining('Those of the project are not used'),
  ]);
});

describe('what a person has set in the program itself', () => {
  test('joins the rules of the files', async () => {
    const rules = { allow: ['Bash(make)', 'Read(~/a)'], deny: ['WebFetch'], ask: [] };
    const found = await settings({ [PROJECT]: permissions({ allow: ['Bash(ls)'] }) }, { name: 'The settings', rules });
    expect(found.rules.deny).toEqual(['WebFetch']);
    expect(found.rules.allow).toEqual(['Bash(ls)', 'Bash(make)', `Read(/${join(folder, 'home')}/a)`]);
  });

  test.each([
    { rules: { deny: 'Bash' }, says: /^The settings is wrong at deny / },
    { rules: { allow: [5] }, says: /^The settings is wrong at allow\.0 / },
    { rules: null, says: /^The settings is wrong at its root / },
  ])('and takes every allow rule away when it is broken: $rules', async ({ rules, says }) => {
    const found = await settings({ [PROJECT]: permissions({ allow: ['Bash'] }) }, { name: 'The settings', rules });
    expect(found.rules.allow).toEqual([]);
    expect(found.warnings).toEqual([expect.stringMatching(says)]);
  });
});
