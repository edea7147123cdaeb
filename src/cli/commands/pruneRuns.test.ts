import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listRuns } from '../../node/runReader.ts';
import { fileRunStore } from '../../node/runStore.ts';
import { completed, manifestFor } from '../../workflow/runStore.contract.ts';
import { commandLine } from '../commandLine.ts';
import { fakeIo, type FakeIoOptions } from '../io.fake.ts';

let home = '';
beforeEach(async () => void (home = await realpath(await mkdtemp(join(tmpdir(), 'dwf-prune-')))));
afterEach(() => rm(home, { recursive: true, force: true }));

/** Two runs that ended long ago, `run-2` the newer one. */
async function twoRuns(): Promise<void> {
  for (const createdAt of [1, 2]) {
    const run = await fileRunStore(home).create({ ...manifestFor(`run-${createdAt}`, home), createdAt }, 'return 1;');
    await run.finish(completed);
    await run.close();
  }
}

async function dwf(argv: readonly string[], options: FakeIoOptions = {}) {
  const io = fakeIo({ ...options, env: { DYNAMIC_WORKFLOWS_HOME: home, PATH: process.env['PATH'] ?? '' } });
  const code = await commandLine(argv, io);
  return { code, out: io.out(), err: io.err(), left: (await listRuns(home)).map(({ runId }) => runId) };
}

const terminal = { columns: 200, rows: 24 };

describe('dwf runs prune', () => {
  beforeEach(twoRuns);

  test('keeps the newest twenty of a folder, however old they are', async () => {
    expect(await dwf(['runs', 'prune', '--yes'])).toMatchObject({
      ...{ code: 0, out: 'There is nothing to prune.\n', left: ['run-2', 'run-1'] },
    });
  });

  test.each([
    { flags: ['--keep', '1'], gone: ['run-1'] },
    { flags: ['--keep', '0', '--older-than', '30d'], gone: ['run-2', 'run-1'] },
    { flags: ['--all'], gone: ['run-2', 'run-1'] },
    { flags: ['--all', '--failed'], gone: null },
    { flags: ['--keep', '0', '--failed'], gone: [] },
    { flags: ['--older-than', 'soon'], gone: null },
  ])('$flags', async ({ flags, gone }) => {
    const { code, out, left } = await dwf(['runs', 'prune', ...flags, '--yes', '--json']);
    expect(left).toEqual(['run-2', 'run-1'].filter((runId) => !(gone ?? []).includes(runId)));
    expect(code).toBe(gone === null ? 2 : 0);
    if (gone !== null) expect(JSON.parse(out)).toMatchObject({ deleted: gone.length });
  });

  test('--dry-run says what would go and deletes nothing', async () => {
    const { out, left } = await dwf(['runs', 'prune', '--keep', '1', '--dry-run']);
    expect(out).toMatch(/^run-1 .*\n1 run would go, [\d.]+ k?B\.\n$/);
    expect(left).toHaveLength(2);
  });

  test.each([
    { name: 'a person says no', options: { terminal, lines: ['n'] }, code: 2, left: 2 },
    { name: 'a person says yes', options: { terminal, lines: ['y'] }, code: 0, left: 0 },
    { name: 'nobody is there to ask', options: {}, code: 2, left: 2 },
  ])('asks before it deletes: $name', async ({ options, code, left }) => {
    const said = await dwf(['runs', 'prune', '--all'], options);
    expect([said.code, said.left.length]).toEqual([code, left]);
  });
});

describe('dwf runs rm', () => {
  beforeEach(twoRuns);

  test('deletes the runs that are named, and says what was freed', async () => {
    const { code, out, left } = await dwf(['runs', 'rm', 'run-1']);
    expect([code, left]).toEqual([0, ['run-2']]);
    expect(out).toMatch(/^run-1: deleted, [\d.]+ k?B and 0 refs\n$/);
  });

  test('does not delete one that runs', async () => {
    const live = await fileRunStore(home).create(manifestFor('run-3', home), 'return 1;');
    const { code, out, left } = await dwf(['runs', 'rm', 'run-3', '--force']);
    expect([code, out]).toEqual([3, `run-3: kept, it runs in process ${process.pid}\n`]);
    expect(left).toContain('run-3');
    await live.close();
  });

  test('an unknown run, and none', async () => {
    expect((await dwf(['runs', 'rm', 'nope'])).err).toContain('There is no run nope: nothing to delete.');
    expect((await dwf(['runs', 'rm'])).err).toContain('dwf runs rm <runId>');
  });
});
