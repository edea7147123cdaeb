import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bench, error, newTools, ok, put, run, useToolBench } from '../../../test/support/toolBench.ts';
import { isAbort } from '../../base/abort.ts';
import { createSpills } from '../spills.ts';

useToolBench();

describe('Glob', () => {
  beforeEach(async () => {
    for (const name of [
      'b.ts',
      'src/a.ts',
      'src/deep/c.ts',
      'src/d.js',
      'node_modules/m/e.ts',
      '.git/f.ts',
      '.github/g.ts',
      '.env',
    ])
      await put(name, '');
  });

  test.each([
    { pattern: '**/*.ts', found: 'b.ts\nsrc/a.ts\nsrc/deep/c.ts' },
    { pattern: '*.ts', path: 'src', found: 'src/a.ts' },
    { pattern: 'src/{a,d}.*', found: 'src/a.ts\nsrc/d.js' },
    { pattern: '.github/**', found: '.github/g.ts' },
    { pattern: '**/.*', found: '.env' },
    { pattern: '.git/**', found: 'No file matches .git/** in ..' },
    { pattern: '**/*.rs', path: 'src', found: 'No file matches **/*.rs in src.' },
    { pattern: '*.ts', path: 'node_modules/m', found: 'node_modules/m/e.ts' },
  ])('$pattern in $path', async ({ found, ...input }) => {
    expect(await ok('Glob', input)).toBe(found);
  });

  test.each([
    { pattern: 'app/(group)/*.ts', found: 'app/(group)/c++.ts' },
    { pattern: 'app/\\[id\\]/*', found: 'app/[id]/page.ts' },
    { pattern: 'app/*/c++.ts', found: 'app/(group)/c++.ts' },
    { pattern: '(top)/c++/*.h', found: '(top)/c++/x.h' },
    { pattern: '\\(top\\)/c++/x.h', found: '(top)/c++/x.h' },
    { pattern: 'set/[ab]+', found: 'set/a+' },
    {
      pattern: 'app/[i]*/x',
      found: 'No file matches app/[i]*/x in .. [ ] stands for one of the characters in it; write \\[ for the sign.',
    },
  ])('takes signs in names for themselves: $pattern', async ({ pattern, found }) => {
    await put('app/(group)/c++.ts', '');
    await put('app/[id]/page.ts', '');
    await put('(top)/c++/x.h', '');
    await put('set/a+', '');
    await put('set/aa', '');
    expect(await ok('Glob', { pattern })).toBe(found);
  });

  test.each([
    { pattern: '{a,b}'.repeat(30), says: /stand for more than 256 texts/ },
    { pattern: '{1..1000}{1..1000}', says: /stand for more than 256 texts/ },
    { pattern: `${'{a,'.repeat(20)}b${'}'.repeat(20)}`, says: /stand for more than 256 texts/ },
    { pattern: '*a*a*a*a*b', says: /more than 4 \* in one name/ },
    { pattern: '**/a/**/a/**/a/**/a/**/b', says: /or \*\* in one path/ },
    { pattern: 'a'.repeat(501), says: /longer than 500/ },
    { pattern: 'src/{a,b', says: /has a \{ without its other half.*write \\\{/ },
    { pattern: 'src/[ab', says: /has a \[ without/ },
    { pattern: 'src/a}', says: /has a \} without/ },
  ])('refuses what would hang or cannot match: $pattern', async ({ pattern, says }) => {
    expect(await error('Glob', { pattern })).toMatch(says);
  });

  test.each(['(a+)+b', '[a]+[a]+[a]+[a]+[a]+[a]+b', '+(+(+(a)))b', '*a*a*a*b', '{a,b}{c,d}*{e,f}*'])(
    '%s does not hang on a name made for it',
    async (pattern) => {
      await put('a'.repeat(200), '');
      expect(await ok('Glob', { pattern })).toMatch(/^No file matches/);
    },
  );

  test.each([
    '../*',
    '/etc/*',
    '~/x',
    'src/../../*',
    '{..,src}/*',
    'out/*',
    '{src,out}/*',
    'out/secret',
    '(o)/secret',
    '\\(o\\)/secret',
  ])('%s does not lead out of the folder', async (pattern) => {
    await symlink(bench.outside, join(bench.root, 'out'));
    await symlink(bench.outside, join(bench.root, '(o)'));
    await writeFile(join(bench.outside, 'secret'), '');
    expect(await error('Glob', { pattern })).toMatch(/leads out of the folder/);
    expect(await ok('Glob', { pattern: '**/secret' })).toMatch(/No file/);
    expect(await ok('Glob', { pattern: '[o]ut/*' })).toMatch(/No file/);
  });

  test('W40 shows a thousand files and says how many there are', async () => {
    await mkdir(join(bench.root, 'many'));
    await Promise.all(Array.from({ length: 1005 }, (_, at) => writeFile(join(bench.root, 'many', `${at}.txt`), '')));
    const lines = (await ok('Glob', { pattern: 'many/*' })).split('\n');
    expect(lines).toHaveLength(1001);
    expect(lines.at(-1)).toBe('[the first 1000 of 1005; use a narrower pattern]');
    const tools = newTools({ spill: createSpills()(join(bench.outside, 'outputs', 'a1')) });
    const outcome = await run('Glob', { pattern: 'many/*' }, tools);
    const path = /\[the first 1000 of 1005; all of them: (.*); or use a narrower pattern\]$/.exec(
      outcome.kind === 'ok' ? outcome.content : '',
    )?.[1];
    expect((await readFile(path ?? '', 'utf8')).split('\n')).toHaveLength(1006);
  });

  test('an abort ends the walk', async () => {
    await expect(run('Glob', { pattern: '**/*' }, bench.tools, AbortSignal.abort())).rejects.toSatisfy(isAbort);
  });
});
