import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { Message } from '../protocol/conversation.ts';
import { completed, entry, logged, manifestFor, runStoreContract } from '../workflow/runStore.contract.ts';
import type { OpenRun } from '../workflow/runStore.ts';
import { noteDecision } from './apply/decisionLog.ts';
import { createFileLocks } from './fileLock.ts';
import { findRun, listRuns, readRun, readTranscript, summaryOf } from './runReader.ts';
import { fileRunStore } from './runStore.ts';

/** No process has this number: Linux' largest is 4,194,304. */
const NO_PID = 99_999_999;

async function withHome<T>(body: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'dwf-runs-'));
  try {
    return await body(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function rewriteOwner(run: OpenRun, change: object): void {
  const path = join(run.dir, 'owner.1.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
}

runStoreContract('files', (body) =>
  withHome(async (home) => {
    const opened: OpenRun[] = [];
    const store = fileRunStore(home);
    const crash = async (run: OpenRun): Promise<void> => {
      opened.push(run);
      rewriteOwner(run, { pid: NO_PID });
    };
    const tear = async (run: OpenRun, agentId: string): Promise<void> => {
      await run.readTranscript(agentId);
      appendFileSync(join(run.dir, 'agents', `${agentId}.ndjson`), '{"role":"user","content":[{"type":"te');
    };
    try {
      await body({ store, crash, tear, decide: (run, decision) => noteDecision(createFileLocks(), run.dir, decision) });
    } finally {
      await Promise.all(opened.map((run) => run.close()));
    }
  }),
);

/** Makes a run and appends to its journal until it is killed; prints the number of each entry that was acknowledged. */
const WRITER = `
const { fileRunStore } = await import(${JSON.stringify(join(import.meta.dirname, 'runStore.ts'))});
const run = await fileRunStore(process.argv[1]).create(JSON.parse(process.argv[2]), 'return 1;');
for (let n = 1; ; n += 4) {
  run.appendEvents([{ seq: n, at: 1, runId: 'run-1', type: 'logged', level: 'info', message: 'x'.repeat(200) }]);
  await Promise.all([0, 1, 2, 3].map(async (i) => {
    await run.appendJournal({ key: 'key-' + (n + i), kind: 'agent', agentId: 'a', value: 'x'.repeat(2000) });
    process.stdout.write((n + i) + '\\n');
  }));
}`;

describe('run store on disk', () => {
  test('X03 a run whose decisions cannot be read is not gone on with: it would land what was discarded', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.close();
      writeFileSync(join(run.dir, 'decisions.ndjson'), '{"version":9}\n');
      expect(await store.open('run-1')).toMatchObject({
        kind: 'unreadable',
        message: expect.stringContaining('may be of a newer version') as string,
      });
      rmSync(join(run.dir, 'decisions.ndjson'));
      const again = await store.open('run-1');
      if (again.kind !== 'opened') throw new Error(again.kind);
      await again.run.close();
    }));

  test('W41 a killed process loses no entry that it acknowledged', () =>
    withHome(async (home) => {
      const writer = spawn(
        process.execPath,
        ['--input-type=module', '-e', WRITER, home, JSON.stringify(manifestFor('run-1'))],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const exited = once(writer, 'exit');
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: writer.stdout })) {
        acknowledged.push(`key-${line}`);
        if (acknowledged.length === 400) writer.kill('SIGKILL');
      }
      await exited;
      expect((await listRuns(home)).map((run) => run.status)).toEqual(['interrupted']);
      const opened = await fileRunStore(home).open('run-1');
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      const keys = new Set(opened.run.journal.map((line) => line.key));
      expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThanOrEqual(400);
      await opened.run.close();
    }));

  test('W41 files are for the owner alone, outside the working directory', () =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1', home), 'return 1;');
      run.appendEvents([logged('run-1', 1)]);
      run.appendTranscript('a1', []);
      await run.appendJournal(entry(1));
      await run.replaceScript('return 2;', '/x.js');
      await run.finish(completed);
      await run.close();
      const modes = readdirSync(join(home, 'projects'), { recursive: true, encoding: 'utf8' }).map((name) => {
        const info = statSync(join(home, 'projects', name));
        return { name, mode: info.mode & 0o777, wanted: info.isDirectory() ? 0o700 : 0o600 };
      });
      expect(modes.filter(({ mode, wanted }) => mode !== wanted)).toEqual([]);
      expect(readdirSync(run.dir).sort()).toEqual([
        'agents',
        'end.json',
        'events.ndjson',
        'journal.ndjson',
        'owner.1.json',
        'result.json',
        'run.json',
        'script.1.js',
        'script.js',
        'shared.txt',
      ]);
    }));

  test.each([
    { name: 'torn', tail: '{"key":"key-3","kind":"ag', journal: [1, 2] },
    { name: 'torn though it is JSON', tail: JSON.stringify(entry(3)), journal: [1, 2] },
  ])('a last journal line that is $name is dropped, and the next one starts a line of its own', ({ tail, journal }) =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.appendJournal(entry(1));
      await run.appendJournal(entry(2));
      await run.close();
      appendFileSync(join(run.dir, 'journal.ndjson'), tail);
      for (const expected of [journal, [...journal, 4]]) {
        const opened = await store.open('run-1');
        if (opened.kind !== 'opened') throw new Error(opened.kind);
        expect(opened.run.journal).toEqual(expected.map(entry));
        if (expected === journal) await opened.run.appendJournal(entry(4));
        await opened.run.close();
      }
    }),
  );

  test('a broken line in the middle is named, and the run is nobody’s afterwards', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.appendJournal(entry(1));
      await run.close();
      appendFileSync(join(run.dir, 'journal.ndjson'), `rubbish\n${JSON.stringify(entry(2))}\n`);
      for (const _ of [1, 2]) {
        const opened = await store.open('run-1');
        expect(opened).toMatchObject({ kind: 'unreadable' });
        expect(JSON.stringify(opened)).toContain('journal.ndjson, line 2');
      }
    }));

  test.each([
    { name: 'of the launch', agentIds: ['a7'], attempts: 1 },
    { name: 'of a resume', agentIds: ['a1', 'a3.2', 'a2.11'], attempts: 3 },
    { name: 'of the launch alone with many agents', agentIds: ['a12', 'a400'], attempts: 1 },
    { name: 'that are none of a run’s names', agentIds: ['a', 'x9.1', 'a1.'], attempts: 0 },
  ])('W42 events lost in a power cut do not give names again: agents $name', ({ agentIds, attempts }) =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      for (const agentId of agentIds) await run.appendJournal({ ...entry(1), agentId });
      await run.close();
      const opened = await store.open('run-1');
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      expect(opened.run.attempts).toBe(attempts);
      await opened.run.close();
    }),
  );

  test('a run that cannot be opened now can be once what hindered it is gone', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.close();
      const journal = join(run.dir, 'journal.ndjson');
      rmSync(journal);
      mkdirSync(journal);
      for (const _ of [1, 2]) await expect(store.open('run-1')).rejects.toThrow('EISDIR');
      rmdirSync(journal);
      const opened = await store.open('run-1');
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      await opened.run.close();
    }));

  test('of many that open a dead owner’s run at once exactly one gets it', () =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
      rewriteOwner(run, { pid: NO_PID });
      const results = await Promise.all(Array.from({ length: 8 }, () => fileRunStore(home).open('run-1')));
      const winners = results.filter((result) => result.kind === 'opened');
      expect(winners).toHaveLength(1);
      expect(results.filter((result) => result.kind === 'running')).toHaveLength(7);
      await Promise.all([run, ...winners.map((winner) => winner.run)].map((open) => open.close()));
    }));

  test.each([
    { name: 'its process is gone', change: { pid: NO_PID }, agedS: 0, status: 'interrupted', open: 'opened' },
    {
      name: 'its pid is another process now',
      change: { started: 'then' },
      agedS: 0,
      status: 'interrupted',
      open: 'opened',
    },
    { name: 'it is silent, but there', change: {}, agedS: 60, status: 'interrupted', open: 'running' },
    {
      name: 'it is on another machine and silent',
      change: { host: 'elsewhere', pid: NO_PID },
      agedS: 60,
      status: 'interrupted',
      open: 'opened',
    },
    {
      name: 'it is on another machine and alive',
      change: { host: 'elsewhere', pid: NO_PID },
      agedS: 0,
      status: 'running',
      open: 'running',
    },
    { name: 'it lives', change: {}, agedS: 0, status: 'running', open: 'running' },
  ])('W41 an owner: $name', ({ change, agedS, status, open }) =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
      rewriteOwner(run, change);
      const beat = Date.now() / 1000 - agedS;
      utimesSync(join(run.dir, 'owner.1.json'), beat, beat);
      expect((await listRuns(home))[0]?.status).toBe(status);
      const opened = await fileRunStore(home).open('run-1');
      expect(opened.kind).toBe(open);
      if (opened.kind === 'opened') await opened.run.close();
      await run.close();
    }),
  );

  test('W41 an owner that has been silent for more than 30 seconds is interrupted in every view, and one that beats is not', () =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
      const beatAt = statSync(join(run.dir, 'owner.1.json')).mtimeMs;
      const statusAfter = async (seconds: number) => (await summaryOf(run.dir, beatAt + seconds * 1_000))?.status;
      expect(await Promise.all([0, 5, 29, 30, 30.1, 3_600].map(statusAfter))).toEqual([
        ...['running', 'running', 'running', 'running', 'interrupted', 'interrupted'],
      ]);
      await run.close();
    }));

  test('a run that has ended stays so while it is looked at, and goes on with the first write', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.finish(completed);
      await run.close();
      const status = async (): Promise<string | undefined> => (await listRuns(home))[0]?.status;
      for (const [write, after] of [
        [false, 'completed'],
        [true, 'interrupted'],
      ] as const) {
        const opened = await store.open('run-1');
        if (opened.kind !== 'opened') throw new Error(opened.kind);
        if (write) opened.run.appendEvents([logged('run-1', 1)]);
        expect(await status()).toBe(write ? 'running' : 'completed');
        await opened.run.close();
        expect(await status()).toBe(after);
      }
    }));

  test('a newer version is said so, not misread', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.close();
      writeFileSync(join(run.dir, 'run.json'), JSON.stringify({ ...manifestFor('run-1'), version: 3 }));
      expect(JSON.stringify(await store.open('run-1'))).toContain('newer version');
      expect(await listRuns(home)).toEqual([]);
    }));

  test('W41 a run of version 1 is read, goes on as version 2, and its result is found in its end', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      run.appendTranscript('a1', [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
      await run.close();
      const { caps: _, ...manifest } = manifestFor('run-1');
      const written = join(run.dir, 'run.json');
      writeFileSync(written, JSON.stringify({ ...manifest, version: 1, budget: 500 }));
      writeFileSync(join(run.dir, 'end.json'), JSON.stringify(completed));
      rmSync(join(run.dir, 'shared.txt'));
      expect(await readRun(run.dir)).toMatchObject({
        run: { end: completed.end, manifest: { caps: { outputTokens: 500 } } },
      });
      expect(await readTranscript(run.dir, 'a1')).toHaveLength(1);
      const opened = await store.open('run-1');
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      expect(JSON.parse(readFileSync(written, 'utf8'))).toMatchObject({ version: 2, caps: { outputTokens: 500 } });
      await opened.run.close();
    }));

  test('W40 the result has a file of its own, gone while the run goes on', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      const run = await store.create(manifestFor('run-1'), 'return 1;');
      await run.finish(completed);
      await run.close();
      const path = join(run.dir, 'result.json');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ok: true });
      expect(await readRun(run.dir)).toMatchObject({ run: { end: completed.end } });
      const opened = await store.open('run-1');
      if (opened.kind !== 'opened') throw new Error(opened.kind);
      opened.run.appendEvents([logged('run-1', 1)]);
      expect(existsSync(path)).toBe(false);
      await opened.run.close();
    }));

  test('events said before an exit in the same turn are on disk', () =>
    withHome(async (home) => {
      const code = `
        const { fileRunStore } = await import(${JSON.stringify(join(import.meta.dirname, 'runStore.ts'))});
        const run = await fileRunStore(process.argv[1]).create(JSON.parse(process.argv[2]), 'return 1;');
        run.appendEvents([{ seq: 1, at: 1, runId: 'run-1', type: 'logged', level: 'info', message: 'last words' }]);
        process.exit(130);`;
      const child = spawn(process.execPath, [
        '--input-type=module',
        '-e',
        code,
        home,
        JSON.stringify(manifestFor('run-1')),
      ]);
      expect(await once(child, 'exit')).toEqual([130, null]);
      const found = await findRun(home, 'run-1');
      if (found.kind !== 'found') throw new Error(found.kind);
      expect(await readRun(found.dir)).toMatchObject({
        run: { events: [{ message: 'last words' }], status: 'interrupted' },
      });
    }));
});

describe('reading runs', () => {
  test('lists newest first, of all projects or of one', () =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      for (const [index, cwd] of ['/one', '/two', '/one'].entries()) {
        const run = await store.create({ ...manifestFor(`run-${index}`, cwd), createdAt: index }, 'return 1;');
        await run.finish(completed);
        await run.close();
      }
      expect((await listRuns(home)).map((run) => run.runId)).toEqual(['run-2', 'run-1', 'run-0']);
      expect((await listRuns(home, '/one')).map((run) => run.runId)).toEqual(['run-2', 'run-0']);
      expect((await listRuns(home))[0]).toMatchObject({
        status: 'completed',
        endedAt: 2_000,
        usage: { requests: 1 },
        pid: null,
      });
      expect(await listRuns(join(home, 'nothing'))).toEqual([]);
    }));

  test.each([
    { text: 'tidy-abc', found: 'tidy-abc' },
    { text: 'tidy-abd', found: 'tidy-abdef' },
    { text: 'abd', found: 'tidy-abdef' },
    { text: 'tidy', found: null },
    { text: '', found: null },
    { text: '../..', found: null },
    { text: 'other', found: null },
  ])('finds a run by "$text"', ({ text, found }) =>
    withHome(async (home) => {
      const store = fileRunStore(home);
      for (const runId of ['tidy-abc', 'tidy-abdef'])
        await (await store.create(manifestFor(runId), 'return 1;')).close();
      const result = await findRun(home, text);
      expect(result.kind === 'found' ? result.runId : null).toBe(found);
    }),
  );

  test('a transcript keeps images, shares them on disk, and ends before what is none', () =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
      const data = randomBytes(60_000).toString('base64');
      const result = { type: 'tool_result', toolUseId: 't', content: 'a.png', isError: false } as const;
      const turn: Message = { role: 'user', content: [{ ...result, images: [{ mediaType: 'image/png', data }] }] };
      const broken = { role: 'user', content: [{ ...result, images: [{ mediaType: 'text/html', data: '' }] }] };
      for (const id of ['a1', 'a2']) run.appendTranscript(id, [turn, broken as unknown as Message]);
      await run.close();
      for (const id of ['a1', 'a2']) expect(await readTranscript(run.dir, id)).toEqual([turn]);
      expect(statSync(join(run.dir, 'shared.txt')).size).toBeLessThan(1.1 * data.length);
    }));

  test('a transcript, and an id that would lead elsewhere', () =>
    withHome(async (home) => {
      const run = await fileRunStore(home).create(manifestFor('run-1'), 'return 1;');
      const turn = { role: 'user', content: [{ type: 'text', text: 'hi' }] } as const;
      run.appendTranscript('a2.1', [turn]);
      expect(() => run.appendTranscript('../../a1', [turn])).toThrow(/agent id/);
      await run.close();
      expect(await readTranscript(run.dir, 'a2.1')).toEqual([turn]);
      expect(await readTranscript(run.dir, '../run')).toBeNull();
      expect(await readTranscript(run.dir, 'a9')).toEqual([]);
    }));
});
