import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepPermissionRules } from './keepPermissionRules.ts';

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dwf-keep-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const path = () => join(cwd, '.claude', 'settings.local.json');

async function kept(text: string | null, rules = ['Bash(make)']): Promise<string> {
  if (text !== null) {
    await mkdir(join(cwd, '.claude'));
    await writeFile(path(), text, { mode: 0o600 });
  }
  expect(await keepPermissionRules(cwd, rules)).toBeNull();
  expect(await readdir(join(cwd, '.claude'))).toEqual(['settings.local.json']);
  return readFile(path(), 'utf8');
}

test.each([
  {
    name: 'no file',
    before: null,
    after: '{\n  "permissions": {\n    "allow": [\n      "Bash(make)"\n    ]\n  }\n}\n',
  },
  {
    name: 'an empty file',
    before: '\n',
    after: '{\n  "permissions": {\n    "allow": [\n      "Bash(make)"\n    ]\n  }\n}\n',
  },
  {
    name: 'the rule is there',
    before: '{"permissions":{"allow":["Bash(make)"]}}',
    after: '{"permissions":{"allow":["Bash(make)"]}}',
  },
  {
    name: 'other settings, another indent',
    before:
      '{\n\t"zeta": 1,\n\t"permissions": {\n\t\t"deny": ["Bash(rm:*)"],\n\t\t"allow": ["Read"],\n\t\t"x": {}\n\t},\n\t"env": {"A": "b"}\n}\n',
    after:
      '{\n\t"zeta": 1,\n\t"permissions": {\n\t\t"deny": [\n\t\t\t"Bash(rm:*)"\n\t\t],\n\t\t"allow": [\n\t\t\t"Read",\n\t\t\t"Bash(make)"\n\t\t],\n\t\t"x": {}\n\t},\n\t"env": {\n\t\t"A": "b"\n\t}\n}\n',
  },
  {
    name: 'a byte order mark and CRLF',
    before: '\uFEFF{\r\n  "a": 1\r\n}\r\n',
    after:
      '\uFEFF{\r\n  "a": 1,\r\n  "permissions": {\r\n    "allow": [\r\n      "Bash(make)"\r\n    ]\r\n  }\r\n}\r\n',
  },
])('adds to the project’s local settings and keeps the rest: $name', async ({ before, after }) => {
  expect(await kept(before)).toBe(after);
});

test('keeps who may read the file', async () => {
  await kept('{}');
  expect((await lstat(path())).mode & 0o777).toBe(0o600);
});

test('several at once are all kept', async () => {
  const rules = Array.from({ length: 8 }, (_, at) => `Bash(make ${at})`);
  const all = await Promise.all(rules.map((rule) => keepPermissionRules(cwd, [rule])));
  expect(all).toEqual(Array(8).fill(null));
  const { permissions } = JSON.parse(await readFile(path(), 'utf8')) as { permissions: { allow: string[] } };
  expect(permissions.allow.toSorted()).toEqual(rules);
});

test.each([
  { name: 'broken JSON', text: '{"permissions": {' },
  { name: 'a list', text: '[]' },
  { name: 'permissions that are no object', text: '{"permissions": []}' },
  { name: 'rules that are no list', text: '{"permissions": {"allow": "Bash"}}' },
])('changes nothing in a file with $name', async ({ text }) => {
  await mkdir(join(cwd, '.claude'));
  await writeFile(path(), text);
  expect(await keepPermissionRules(cwd, ['Bash(make)'])).toContain('was not changed');
  expect(await readFile(path(), 'utf8')).toBe(text);
});

test('follows no link, of the file or of its folder', async () => {
  const elsewhere = join(cwd, 'elsewhere');
  await mkdir(elsewhere);
  await symlink(elsewhere, join(cwd, '.claude'));
  expect(await keepPermissionRules(cwd, ['Bash(make)'])).toContain('or a link');
  expect(await readdir(elsewhere)).toEqual([]);
  await rm(join(cwd, '.claude'));
  await mkdir(join(cwd, '.claude'));
  await writeFile(join(elsewhere, 'x.json'), '{}');
  await symlink(join(elsewhere, 'x.json'), path());
  expect(await keepPermissionRules(cwd, ['Bash(make)'])).toContain('it is a link');
  expect(await readFile(join(elsewhere, 'x.json'), 'utf8')).toBe('{}');
});

test('a folder in its place, no place at all, and what is no rule', async () => {
  await mkdir(path(), { recursive: true });
  expect(await keepPermissionRules(cwd, ['Bash(make)'])).toContain('it is no file');
  expect(await keepPermissionRules(join(path(), '\0'), ['Bash(make)'])).toContain('was not changed');
  expect(await keepPermissionRules(cwd, ['Bash(make'])).toContain('that is no rule');
});
