import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveWorkflow, type SaveRequest } from './saveWorkflow.ts';

const SCRIPT = "export const meta = { name: 'triage', description: 'Looks.' };\nreturn 1;\n";
let base = '';
let request: SaveRequest;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'dwf-save-')));
  for (const folder of ['run', 'repo/.git', 'repo/sub', 'elsewhere'])
    await mkdir(join(base, folder), { recursive: true });
  await writeFile(join(base, 'run/script.js'), SCRIPT);
  request = {
    runDir: join(base, 'run'),
    to: 'project',
    cwd: join(base, 'repo/sub'),
    personal: join(base, 'own/workflows'),
  };
});
afterEach(() => rm(base, { recursive: true }));

test('a script goes to the repository under its own name, or to the person under another', async () => {
  const path = join(base, 'repo/.claude/workflows/triage.js');
  expect(await saveWorkflow(request)).toEqual({ kind: 'saved', path, name: 'triage' });
  expect(await readFile(path, 'utf8')).toBe(SCRIPT);
  expect(await saveWorkflow(request)).toMatchObject({ kind: 'saved' });
  const own = join(base, 'own/workflows/daily.js');
  expect(await saveWorkflow({ ...request, to: 'personal', name: 'daily' })).toMatchObject({ kind: 'saved', path: own });
});

test('another file of the name is replaced only when a person says so', async () => {
  const path = join(base, 'repo/.claude/workflows/triage.js');
  await mkdir(join(base, 'repo/.claude/workflows'), { recursive: true });
  await writeFile(path, 'mine');
  expect(await saveWorkflow(request)).toMatchObject({ kind: 'exists', path });
  expect(await readFile(path, 'utf8')).toBe('mine');
  expect(await saveWorkflow({ ...request, replace: true })).toMatchObject({ kind: 'saved' });
  expect(await readFile(path, 'utf8')).toBe(SCRIPT);
});

test.each(['.claude', '.claude/workflows', '.claude/workflows/triage.js'])(
  'a link at %s is not followed',
  async (link) => {
    const path = join(base, 'repo', link);
    await mkdir(join(path, '..'), { recursive: true });
    const target = link.endsWith('.js') ? join(base, 'elsewhere/file') : join(base, 'elsewhere');
    if (link.endsWith('.js')) await writeFile(target, 'theirs');
    await symlink(target, path);
    expect(await saveWorkflow({ ...request, replace: true })).toMatchObject({ kind: 'refused' });
    if (link.endsWith('.js')) expect(await readFile(target, 'utf8')).toBe('theirs');
  },
);

test.each(['../out', 'a/b', '.hidden', ''])('"%s" is no name', async (name) => {
  expect(await saveWorkflow({ ...request, name })).toMatchObject({ kind: 'refused' });
});

test('a script with errors is not saved', async () => {
  await writeFile(join(base, 'run/script.js'), 'import "fs";');
  expect(await saveWorkflow(request)).toMatchObject({ kind: 'refused' });
});
