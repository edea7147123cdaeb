import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHookSettings } from './hookSettings.ts';

let cwd: string;
let home: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dynamic-workflows-hook-settings-'));
  home = join(cwd, 'person');
  for (const folder of [cwd, home]) await mkdir(join(folder, '.claude'), { recursive: true });
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const put = (folder: string, file: string, value: unknown): Promise<void> =>
  writeFile(join(folder, '.claude', file), typeof value === 'string' ? value : JSON.stringify(value));

const group = (command: string, more: object = {}): object => ({ hooks: [{ type: 'command', command, ...more }] });
const read = () => readHookSettings({ cwd, home });

test('hooks of the person, the project and its local settings are joined in this order', async () => {
  await put(cwd, 'settings.local.json', { hooks: { Stop: [group('c')] } });
  await put(cwd, 'settings.json', { hooks: { PreToolUse: [{ matcher: 'Bash', ...group('b', { timeout: 5 }) }] } });
  await put(home, 'settings.json', { permissions: {}, hooks: { WorkflowEnd: [group('a'), group(' d ')] } });
  expect(await read()).toEqual({
    rules: [
      {
        event: 'WorkflowEnd',
        matcher: '',
        command: 'a',
        timeoutMs: 60_000,
        name: 'WorkflowEnd 1 of ~/.claude/settings.json',
      },
      {
        event: 'WorkflowEnd',
        matcher: '',
        command: 'd',
        timeoutMs: 60_000,
        name: 'WorkflowEnd 2 of ~/.claude/settings.json',
      },
      {
        event: 'PreToolUse',
        matcher: 'Bash',
        command: 'b',
        timeoutMs: 5_000,
        name: 'PreToolUse 1 of .claude/settings.json',
      },
      { event: 'Stop', matcher: '', command: 'c', timeoutMs: 60_000, name: 'Stop 1 of .claude/settings.local.json' },
    ],
    warnings: [],
  });
});

test('events of other programs are passed over in silence', async () => {
  await put(cwd, 'settings.json', { hooks: { SessionStart: [group('a')], Notification: 7, constructor: 1 } });
  expect(await read()).toEqual({ rules: [], warnings: [] });
});

test('one file can turn all hooks off', async () => {
  await put(home, 'settings.json', { disableAllHooks: true });
  await put(cwd, 'settings.json', { hooks: { Stop: [group('a')] } });
  expect(await read()).toEqual({ rules: [], warnings: [] });
});

test('no hook may run for longer than ten minutes', async () => {
  await put(cwd, 'settings.json', { hooks: { Stop: [group('a', { timeout: 1e9 })] } });
  expect((await read()).rules[0]?.timeoutMs).toBe(600_000);
});

test.each([
  { name: 'a file that is no JSON', file: '{"hooks":', says: 'is not JSON of the known form' },
  { name: 'hooks that are no object', file: { hooks: [] }, says: 'is not JSON of the known form' },
  { name: 'an event that is no list', file: { hooks: { Stop: {} } }, says: 'hooks.Stop is no list' },
  { name: 'a group without hooks', file: { hooks: { Stop: [{ matcher: '' }] } }, says: 'a group of hooks.Stop is not' },
  {
    name: 'a matcher that is no expression',
    file: { hooks: { Stop: [{ matcher: '(', hooks: [] }] } },
    says: 'a group of',
  },
  { name: 'a hook of another type', file: { hooks: { Stop: [{ hooks: [{ type: 'prompt' }] }] } }, says: 'Stop 1 of' },
  {
    name: 'a hook without a command',
    file: { hooks: { Stop: [group(' ')] } },
    says: 'Stop 1 of .claude/settings.json',
  },
])('$name is one warning, and the other hooks are called', async ({ file, says }) => {
  await put(cwd, 'settings.json', file);
  await put(home, 'settings.json', { hooks: { Stop: [group('good')] } });
  const { rules, warnings } = await read();
  expect(rules.map(({ command }) => command)).toEqual(['good']);
  expect(warnings).toEqual([expect.stringContaining(says)]);
});

test('a link to a device is not read, nor a file of more than 1 MiB', async () => {
  await symlink('/dev/null', join(cwd, '.claude', 'settings.json'));
  await put(cwd, 'settings.local.json', JSON.stringify({ hooks: {} }) + '\u00e9'.repeat(600_000));
  const { warnings } = await read();
  expect(warnings).toEqual([
    expect.stringContaining('settings.json is no regular file'),
    expect.stringContaining('settings.local.json is larger than 1024 KiB'),
  ]);
});

test('of too many hooks the first ones are called', async () => {
  await put(cwd, 'settings.json', { hooks: { Stop: Array.from({ length: 150 }, (_, n) => group(`c${n}`)) } });
  const { rules, warnings } = await read();
  expect(rules).toHaveLength(100);
  expect(warnings).toEqual(['Of 150 hooks the first 100 are called.']);
});
