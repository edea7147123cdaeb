import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tool, ToolOutcome } from '../../engine/tool.ts';
import type { Commands } from '../../workflow/commands.ts';
import { createDiagnosticsTool, createProjectCheckTool } from './diagnostics.ts';
import type { EditorIntelligence } from './editorIntelligence.ts';
import { fakeIntelligence } from './editorIntelligence.fake.ts';
import { createSymbolsTool } from './symbols.ts';

const { signal } = new AbortController();
let folder: string;
let main: string;
let tree: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dynamic-workflows-symbols-')));
  main = join(folder, 'main');
  tree = join(folder, 'tree');
  for (const at of [main, tree]) {
    await mkdir(join(at, 'src'), { recursive: true });
    await writeFile(join(at, 'src', 'a.ts'), 'const total = 1;\n// subtotal\nexport { total };\n');
    await writeFile(join(at, 'secret.ts'), 'total\n');
  }
  await writeFile(join(tree, '.git'), `gitdir: ${join(main, '.git', 'worktrees', 'tree')}\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function call(tool: Tool, input: unknown): Promise<ToolOutcome | string> {
  const prepared = await tool.prepare(input);
  return prepared.kind === 'ready' ? prepared.call.run(signal) : prepared.message;
}

const textOf = (outcome: ToolOutcome | string): string =>
  typeof outcome === 'string' ? outcome : 'content' in outcome ? outcome.content : outcome.message;

const symbols = (root: string, editor?: EditorIntelligence): Tool =>
  createSymbolsTool(
    { root, seen: new Map() },
    { editor, ripgrep: null, readable: (path) => !path.endsWith('secret.ts') },
  );

describe('Symbols', () => {
  test('asks for the file in which the name stands', async () => {
    const preparation = await symbols(main).prepare({ symbol: 'total', path: 'src/a.ts' });
    expect(preparation).toMatchObject({ call: { permission: { access: 'read', subject: join(main, 'src', 'a.ts') } } });
  });

  test('asks the editor at the place where the name stands', async () => {
    const editor = fakeIntelligence(main, { places: [{ path: join(main, 'src', 'a.ts'), line: 3, column: 10 }] });
    const outcome = await call(symbols(main, editor), { symbol: 'total', path: 'src/a.ts', list: 'rename' });
    expect(textOf(outcome)).toBe('Found by meaning.\nsrc/a.ts:3:10');
    expect(editor.asked).toEqual([{ what: 'rename', at: `${join(main, 'src', 'a.ts')}:1:7` }]);
  });

  test('of a worktree asks about the main checkout, maps its places, and says so', async () => {
    const editor = fakeIntelligence(main, { places: [{ path: join(main, 'src', 'a.ts'), line: 1, column: 7 }] });
    const outcome = await call(symbols(tree, editor), { symbol: 'total', path: 'src/a.ts', line: 3 });
    expect(textOf(outcome)).toMatch(/^Found by meaning\. The editor knows the main checkout only.*\nsrc\/a\.ts:1:7$/s);
    expect(editor.asked).toEqual([{ what: 'references', at: `${join(main, 'src', 'a.ts')}:3:10` }]);
  });

  test.each([
    { name: 'without an editor', editor: () => undefined },
    { name: 'where no server knows the language', editor: () => fakeIntelligence(main, {}) },
    { name: 'in a folder that is not open', editor: () => fakeIntelligence('/elsewhere', {}) },
  ])('$name lists whole words, and says that it is by text', async ({ editor }) => {
    const outcome = await call(symbols(main, editor()), { symbol: 'total', path: 'src/a.ts' });
    expect(textOf(outcome)).toBe(
      'Found by text: every place where the word stands, whatever it means there.\nsrc/a.ts:1:7\nsrc/a.ts:3:10',
    );
  });

  test('shows no file that the agent may not see, and takes none', async () => {
    const editor = fakeIntelligence(main, { places: [{ path: join(main, 'secret.ts'), line: 1, column: 1 }] });
    expect(textOf(await call(symbols(main, editor), { symbol: 'total', path: 'src/a.ts' }))).toBe(
      'Nothing found, by meaning.',
    );
    expect(await call(symbols(main, editor), { symbol: 'total', path: 'secret.ts' })).toMatchObject({ kind: 'error' });
  });

  test.each(['data-total', '$total', '#total', '@total'])('%s is found as it is written', async (symbol) => {
    await writeFile(join(main, 'src', 'b.ts'), `data.total\nx ${symbol}\n`);
    const editor = fakeIntelligence(main, { places: [{ path: join(main, 'src', 'b.ts'), line: 2, column: 3 }] });
    const outcome = await call(symbols(main, editor), { symbol, path: 'src/b.ts' });
    expect(textOf(outcome)).toBe('Found by meaning.\nsrc/b.ts:2:3');
    expect(editor.asked).toEqual([{ what: 'references', at: `${join(main, 'src', 'b.ts')}:2:3` }]);
  });

  test('a name that is not there, and one that is none', async () => {
    const editor = fakeIntelligence(main, {});
    expect(textOf(await call(symbols(main, editor), { symbol: 'sum', path: 'src/a.ts', line: 2 }))).toMatch(
      /sum does not stand in line 2 of src\/a\.ts/,
    );
    expect(await call(symbols(main), { symbol: 'a b', path: 'src/a.ts' })).toMatch(/must be one name/);
  });
});

describe('Diagnostics', () => {
  const diagnostic = {
    path: '',
    line: 2,
    column: 5,
    severity: 'error',
    message: 'Wrong\n type',
    source: 'ts',
  } as const;

  test('lists what the editor’s servers say of a file, and needs no more than reading it', async () => {
    const tool = createDiagnosticsTool(
      { root: main, seen: new Map() },
      fakeIntelligence(main, { diagnostics: [diagnostic] }),
    );
    const prepared = await tool.prepare({ path: 'src/a.ts' });
    expect(prepared).toMatchObject({
      call: { permission: { tool: 'Read', access: 'read', subject: join(main, 'src', 'a.ts') } },
    });
    expect(textOf(await call(tool, { path: 'src/a.ts' }))).toBe('src/a.ts:2:5 error (ts): Wrong type');
  });

  test('of a worktree says whose file it is about', async () => {
    const editor = fakeIntelligence(main, {});
    const tool = createDiagnosticsTool({ root: tree, seen: new Map() }, editor);
    expect(textOf(await call(tool, { path: 'src/a.ts' }))).toMatch(/Nothing is reported.*main checkout only/s);
    expect(editor.asked).toEqual([{ what: 'diagnostics', at: join(main, 'src', 'a.ts') }]);
  });

  test('of a file that the editor does not have is refused', async () => {
    const tool = createDiagnosticsTool({ root: main, seen: new Map() }, fakeIntelligence('/elsewhere', {}));
    expect(textOf(await call(tool, { path: 'src/a.ts' }))).toMatch(/no folder that is open/);
  });
});

describe('Diagnostics without an editor', () => {
  const commands: Commands = {
    run: async ({ command, cwd }) => ({ kind: 'exited', exitCode: 1, output: `${command} in ${cwd}\n`, ms: 0 }),
  };
  const withScripts = (scripts: object) => writeFile(join(main, 'package.json'), JSON.stringify({ scripts }));

  test('says that the check could not be started', async () => {
    await withScripts({ lint: 'eslint .' });
    const none: Commands = { run: async () => ({ kind: 'not-started', message: 'There is no sandbox.' }) };
    expect(await call(createProjectCheckTool(main, none), {})).toEqual({
      kind: 'error',
      message: 'npm run lint did not run. There is no sandbox.',
    });
  });

  test('is the project’s own check, which asks for leave as a command', async () => {
    await withScripts({ lint: 'eslint .', typecheck: 'tsc' });
    const tool = createProjectCheckTool(main, commands);
    expect(tool.partOf).toBe('Bash');
    expect(tool.readOnly).toBe(false);
    expect(await tool.prepare({})).toMatchObject({
      call: { permission: { tool: 'Bash', access: 'execute', subject: 'npm run typecheck' } },
    });
    expect(textOf(await call(tool, {}))).toBe(
      `npm run typecheck ended with exit code 1.\nnpm run typecheck in ${main}`,
    );
    expect(await tool.prepare({ script: 'lint' })).toMatchObject({ call: { permission: { subject: 'npm run lint' } } });
  });

  test.each([
    { name: 'no package.json', scripts: null, input: {}, says: /has no script check/ },
    { name: 'no such script', scripts: { test: 'x' }, input: { script: 'lint' }, says: /no script lint/ },
    {
      name: 'a name that is a command',
      scripts: { 'a; rm -rf /': 'x' },
      input: { script: 'a; rm -rf /' },
      says: /unusual/,
    },
  ])('$name: nothing runs', async ({ scripts, input, says }) => {
    if (scripts) await withScripts(scripts);
    expect(await call(createProjectCheckTool(main, commands), input)).toMatch(says);
  });
});
