import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { beginMove, recoverApplies } from '../../src/node/apply/unfinished.ts';
import { readDecisions } from '../../src/node/apply/decisionLog.ts';
import type { ApplySource } from '../../src/workflow/apply/outcome.ts';
import { signal, withApplyStage, type ApplyStage } from '../support/applyStage.ts';

const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' };

describe('X03 an apply that is cut short', () => {
  test('is taken back at the next start, with what was half written', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, run, deps, status } = stage;
      await applyAll(stage);
      // As a process leaves it that dies while it writes the second of three files.
      await rm(join(run.dir, 'decisions.ndjson'));
      await beginMove(deps.home, { run, number: 1, side: 'after' });
      await repository.write('b.txt', 'b\n');
      await repository.write('.b.txt.0123456789ab.dwf.tmp', 'B');
      await repository.write('.b.txt.0123456789ac.dwf.tmp', 'a file of the person');
      await rm(join(repository.dir, 'new/d.txt'));
      const recovered = await recoverApplies(deps, signal);
      expect(recovered).toEqual([{ runId: run.runId, checkout: repository.dir, left: [] }]);
      expect(await status()).toBe('?? .b.txt.0123456789ac.dwf.tmp');
      expect(await recoverApplies(deps, signal)).toEqual([]);
    }));

  test('an undo that is cut short leaves the apply as it was', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, run, deps, undo, status } = stage;
      await applyAll(stage);
      const applied = await status();
      await beginMove(deps.home, { run, number: 1, side: 'before' });
      await repository.write('a.txt', 'a\n');
      await recoverApplies(deps, signal);
      expect(await status()).toBe(applied);
      expect(await repository.read('a.txt')).toBe('A\n');
      expect(await undo()).toMatchObject({ kind: 'undone' });
      expect(await status()).toBe('');
    }));

  test('what somebody wrote since stays as they wrote it, by name', () =>
    withApplyStage(FILES, async (stage) => {
      const { repository, run, deps, status } = stage;
      await applyAll(stage);
      await rm(join(run.dir, 'decisions.ndjson'));
      await beginMove(deps.home, { run, number: 1, side: 'after' });
      await repository.write('b.txt', 'B and mine\n');
      expect(await recoverApplies(deps, signal)).toMatchObject([{ left: ['b.txt'] }]);
      expect(await status()).toBe(' M b.txt');
      expect(await repository.read('b.txt')).toBe('B and mine\n');
    }));

  test('one that had come to its end stays applied', () =>
    withApplyStage(FILES, async (stage) => {
      await applyAll(stage);
      const applied = await stage.status();
      await beginMove(stage.deps.home, { run: stage.run, number: 1, side: 'after' });
      expect(await recoverApplies(stage.deps, signal)).toEqual([]);
      expect(await stage.status()).toBe(applied);
    }));

  test('a process that is killed while it writes leaves all or nothing after the next look', () => {
    const names = Array.from({ length: 400 }, (_, index) => `f${index}.txt`);
    return withApplyStage(Object.fromEntries(names.map((name) => [name, `${name}\n`])), async (stage) => {
      const { repository, deps, run, change } = stage;
      const source = await change(async (on) => {
        for (const name of names) await on.write(name, `${name} changed\n`);
      });
      await killAtFirstWrite(stage, source);
      await recoverApplies(deps, signal);
      const changed = (await repository.git('diff', '--name-only')).split('\n').filter((name) => name !== '');
      const applied = (await readDecisions(run.dir)).length === 1;
      expect(changed).toHaveLength(applied ? names.length : 0);
      expect((await readdir(repository.dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(await repository.git('fsck', '--no-dangling')).toBe('');
    });
  });
});

async function applyAll({ change, apply }: ApplyStage): Promise<void> {
  const source = await change(async (on) => {
    await on.write('a.txt', 'A\n');
    await on.write('b.txt', 'B\n');
    await on.git('rm', '-q', 'c.txt');
    await on.write('new/d.txt', 'd\n');
  });
  expect(await apply(source)).toMatchObject({ kind: 'applied' });
}

/** Another process applies, and is gone once the first file of the checkout is another. */
async function killAtFirstWrite({ repository, run, deps }: ApplyStage, source: ApplySource): Promise<void> {
  const module = (name: string): string => JSON.stringify(new URL(`../../src/node/${name}`, import.meta.url).href);
  const code = `
    import { applyChanges } from ${module('apply/applyChanges.ts')};
    import { applyDeps } from ${module('apply/applyDeps.ts')};
    import { createGit } from ${module('git.ts')};
    const { home, ...request } = ${JSON.stringify({ home: deps.home, run, cwd: repository.dir, source })};
    const done = await applyChanges(applyDeps(createGit(), home), request, new AbortController().signal);
    if (done.kind !== 'applied') throw new Error(JSON.stringify(done));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const watching = watch(repository.dir, (_event, name) => {
    if (name?.startsWith('f') === true) child.kill('SIGKILL');
  });
  try {
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect([code, said.join('')]).toEqual([code === 0 ? 0 : null, '']);
  } finally {
    watching.close();
  }
}
