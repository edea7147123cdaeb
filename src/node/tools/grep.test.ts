import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bench, error, newTools, ok, put, run, useToolBench } from '../../../test/support/toolBench.ts';
import { mayShow } from '../../engine/mayShow.ts';
import type { PermissionPolicy } from '../../engine/permission.ts';
import { isAbort } from '../../base/abort.ts';
import { createSpills } from '../spills.ts';

useToolBench();

describe('Grep', () => {
  beforeEach(async () => {
    await put('a.ts', 'one\nTwo needle\nthree\n');
    await put('src/b.ts', 'needle needle\n');
    await put('src/c.js', 'no NEEDLE\n');
    await put('.github/d.yml', 'needle\n');
    await put('ignored.ts', 'needle\n');
    await put('.gitignore', 'ignored.ts\n');
    await put('node_modules/m/e.ts', 'needle\n');
    await put('.git/f', 'needle\n');
  });

  test.each([
    {
      name: 'content',
      input: { pattern: 'needle' },
      found: '.github/d.yml:1:needle\na.ts:2:Two needle\nsrc/b.ts:1:needle needle',
    },
    { name: 'files', input: { pattern: 'needle', mode: 'files' }, found: '.github/d.yml\na.ts\nsrc/b.ts' },
    { name: 'count', input: { pattern: 'needle', mode: 'count', path: 'src' }, found: 'src/b.ts:1' },
    { name: 'any case', input: { pattern: 'needle', ignoreCase: true, glob: '*.js' }, found: 'src/c.js:1:no NEEDLE' },
    { name: 'a folder in the glob', input: { pattern: 'needle', glob: 'src/**' }, found: 'src/b.ts:1:needle needle' },
    { name: 'context', input: { pattern: 'Two', context: 1 }, found: 'a.ts:1-one\na.ts:2:Two needle\na.ts:3-three' },
    { name: 'one file', input: { pattern: 'needle', path: 'src/b.ts' }, found: 'src/b.ts:1:needle needle' },
    { name: 'what looks like an option', input: { pattern: '--files' }, found: 'Nothing matches --files.' },
    {
      name: 'node_modules when asked for',
      input: { pattern: 'needle', path: 'node_modules/m' },
      found: 'node_modules/m/e.ts:1:needle',
    },
    { name: 'nothing', input: { pattern: 'haystack', mode: 'files' }, found: 'Nothing matches haystack.' },
  ])('finds $name', async ({ input, found }) => expect(await ok('Grep', input)).toBe(found));

  test.each([
    { name: 'a wrong expression', input: { pattern: '(' }, says: /ripgrep cannot do this:\n[\s\S]*unclosed group/ },
    { name: 'a missing folder', input: { pattern: 'x', path: 'sr' }, says: /sr does not exist\. Did you mean src/ },
    { name: 'a device', input: { pattern: 'x', path: '/dev/zero' }, says: /pipe, socket or device/ },
  ])('refuses $name', async ({ input, says }) => expect(await error('Grep', input)).toMatch(says));

  test('says what to do where there is no ripgrep', async () => {
    const without = newTools({ ripgrep: '/nowhere/rg' });
    expect(await run('Grep', { pattern: 'x' }, without)).toMatchObject({
      kind: 'error',
      message: expect.stringMatching(/no ripgrep.*grep -rn/) as string,
    });
  });

  test('leaves out what the agent may not read', async () => {
    const blind = newTools({ readable: (path) => !path.startsWith(join(bench.root, 'src')) });
    expect(await run('Grep', { pattern: 'needle', mode: 'files' }, blind)).toEqual({
      kind: 'ok',
      content: '.github/d.yml\na.ts',
    });
  });

  test('leaves out of a search what needs a question of its own, and shows it when it was asked for', async () => {
    const rules = { deny: [], ask: ['Read(.env)'], allow: [] };
    const policy: PermissionPolicy = { mode: 'default', rules, root: bench.root, ownsRoot: false };
    const tools = newTools({ readable: (path, asked) => mayShow(policy, path, asked) });
    await put('.env', 'KEY=needle-in-env');
    await put('plain.txt', 'needle-in-env');
    const found = { kind: 'ok', content: 'plain.txt:1:needle-in-env' };
    expect(await run('Grep', { pattern: 'needle-in-env' }, tools)).toEqual(found);
    const asked = { kind: 'ok', content: '.env:1:KEY=needle-in-env' };
    expect(await run('Grep', { pattern: 'needle-in-env', path: '.env' }, tools)).toEqual(asked);
  });

  test('never shows a path of which only a part came', async () => {
    const stub = join(bench.outside, 'rg');
    await writeFile(stub, '#!/bin/sh\nprintf "%s\\0%s" "$PWD/a.ts" "$PWD/half-of-a-na"\n', { mode: 0o755 });
    expect(await run('Grep', { pattern: 'x', mode: 'files' }, newTools({ ripgrep: stub }))).toEqual({
      kind: 'ok',
      content: 'a.ts',
    });
  });

  test('W40 cuts what is too much, between lines', async () => {
    await put('many.txt', 'needle in a long line of text\n'.repeat(60_000));
    const found = await ok('Grep', { pattern: 'needle', path: 'many.txt' });
    expect(found.length).toBeLessThan(50_000);
    expect(found).toMatch(/\nmany\.txt:\d+:needle in a long line of text\n\[cut after \d+ lines; there is more: .*\]$/);
    const tools = newTools({ spill: createSpills()(join(bench.outside, 'outputs', 'a1')) });
    const outcome = await run('Grep', { pattern: 'needle', path: 'many.txt' }, tools);
    const path = /\[cut after \d+ lines; the first \d+ of them: (.*); or narrow .*\]$/.exec(
      outcome.kind === 'ok' ? outcome.content : '',
    )?.[1];
    expect(await readFile(path ?? '', 'utf8')).toMatch(/^many\.txt:1:needle in a long line of text\nmany\.txt:2:/);
  });

  test('an abort and the deadline end a search that hangs', async () => {
    const stub = join(bench.outside, 'hangs');
    await writeFile(stub, '#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 30\n', { mode: 0o755 });
    const begun = (): Promise<void> =>
      expect.poll(() => readFile(`${stub}.pid`, 'utf8').catch(() => ''), { timeout: 5000 }).toMatch(/\d\n/);
    const gone = async (): Promise<void> => {
      const pid = Number(await readFile(`${stub}.pid`, 'utf8'));
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
      await rm(`${stub}.pid`);
    };
    const slow = newTools({ ripgrep: stub });
    const abort = new AbortController();
    const aborted = run('Grep', { pattern: 'x' }, slow, abort.signal).catch((thrown: unknown) => thrown);
    await begun();
    abort.abort();
    expect(isAbort(await aborted)).toBe(true);
    await gone();

    let ring = (): void => undefined;
    const clock = { sleep: () => new Promise<void>((resolve) => (ring = resolve)) };
    const late = run('Grep', { pattern: 'x' }, newTools({ clock, ripgrep: stub }));
    await begun();
    ring();
    expect(await late).toMatchObject({
      kind: 'error',
      message: expect.stringMatching(/Not done after 60 s/) as string,
    });
    await gone();
  });

  test('no more search at once than there are cores, and all get their turn', async () => {
    const stub = join(bench.outside, 'counts');
    const script = '#!/bin/sh\nmkdir "$0.$$"\nls -d "$0."*[0-9] | wc -l >> "$0.log"\nsleep 0.05\nrmdir "$0.$$"\n';
    await writeFile(stub, script, { mode: 0o755 });
    const tools = newTools({ ripgrep: stub });
    const searches = availableParallelism() * 3;
    await Promise.all(Array.from({ length: searches }, () => run('Grep', { pattern: 'x' }, tools)));
    const seen = (await readFile(`${stub}.log`, 'utf8')).trim().split('\n').map(Number);
    expect(seen).toHaveLength(searches);
    expect(Math.max(...seen)).toBeLessThanOrEqual(availableParallelism());
  });
});
