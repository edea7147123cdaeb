import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileLibrary, listWorkflowFiles } from './library.ts';

let base = '';

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'dwf-library-'));
  const files = {
    'repo/.git/HEAD': '',
    'repo/.claude/workflows/tidy.js': 'of the repository',
    'repo/.claude/workflows/root-only.mjs': 'of the root',
    'repo/packages/one/.claude/workflows/tidy.js': 'of the package',
    'personal/tidy.js': 'of the person',
    'personal/mine.js': 'mine',
    'shipped/mine.js': 'shipped',
    'shipped/fix-failing-tests.js': 'fix',
    'shipped/notes.md': 'no workflow',
    'repo/packages/one/local.js': 'by path',
    'secret.js': 'outside',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, path)), { recursive: true });
    await writeFile(join(base, path), text);
  }
});

afterAll(() => rm(base, { recursive: true, force: true }));

describe('workflow library', () => {
  test.each([
    { name: 'tidy', cwd: 'repo/packages/one', text: 'of the package', origin: 'project' },
    { name: 'tidy', cwd: 'repo', text: 'of the repository', origin: 'project' },
    { name: 'root-only', cwd: 'repo/packages/one', text: 'of the root', origin: 'project' },
    { name: 'tidy', cwd: '.', text: 'of the person', origin: 'personal' },
    { name: 'mine', cwd: 'repo', text: 'mine', origin: 'personal' },
    { name: 'fix-failing-tests', cwd: 'repo', text: 'fix', origin: 'shipped' },
  ])('W40 $name from $cwd is the $origin one', async ({ name, cwd, text, origin }) => {
    const found = await library().byName(name, join(base, cwd));
    if (found.kind === 'missing') throw new Error(found.message);
    expect(new TextDecoder().decode(found.file.bytes)).toBe(text);
    expect(found.file.origin).toBe(origin);
  });

  test.each([
    { name: 'fix-faling-tests', says: 'Did you mean "fix-failing-tests"?' },
    { name: 'Tidi', says: 'Did you mean "tidy"?' },
    { name: 'zzzzzz', says: 'There are: fix-failing-tests, mine, root-only, tidy.' },
    { name: '../../secret', says: 'There is no workflow "../../secret".' },
    { name: '../secret', says: 'There is no workflow' },
    { name: '', says: 'There is no workflow' },
  ])('W40 "$name" is missing, with the names there are', async ({ name, says }) => {
    const found = await library().byName(name, join(base, 'repo'));
    expect(found).toMatchObject({ kind: 'missing' });
    expect(JSON.stringify(found).replaceAll('\\"', '"')).toContain(says);
  });

  test('by path, relative to the folder; a missing file and a folder are said to be so', async () => {
    const cwd = join(base, 'repo/packages/one');
    expect(await library().byPath('local.js', cwd)).toMatchObject({
      kind: 'found',
      file: { path: join(cwd, 'local.js'), origin: 'file' },
    });
    expect(await library().byPath('nowhere.js', cwd)).toMatchObject({ kind: 'missing' });
    expect(JSON.stringify(await library().byPath('.', cwd))).toContain('is a folder');
  });
});

test('W40 a pipe that nobody writes to is no workflow, and holds nobody up', async () => {
  const pipe = join(base, 'repo/.claude/workflows/pipe.js');
  execFileSync('mkfifo', [pipe]);
  try {
    expect(await library().byName('pipe', join(base, 'repo'))).toMatchObject({ kind: 'missing' });
    expect(JSON.stringify(await library().byPath(pipe, base))).toContain('is no regular file');
    const folders = { personal: join(base, 'personal'), shipped: join(base, 'shipped') };
    const names = (await listWorkflowFiles(join(base, 'repo'), folders)).map(({ name }) => name);
    expect(names).not.toContain('pipe');
  } finally {
    // A reader that still waits for a writer would keep the process alive.
    await (await open(pipe, 'r+')).close();
    await rm(pipe);
  }
}, 5_000);

function library() {
  return fileLibrary({ personal: join(base, 'personal'), shipped: join(base, 'shipped') });
}
