import { describe, expect, test } from 'vitest';
import type { Event } from '../protocol/messages.ts';
import type { JournalEntry } from './journal.ts';
import type { OpenRun, RunManifest, RunRecordEnd, RunStore } from './runStore.ts';

/** A store under test and a way to lose its owner without a word. */
export interface StoreUnderTest {
  readonly store: RunStore;
  /** As if the process that has the run open had died. */
  readonly crash: (run: OpenRun) => Promise<void>;
}

export function manifestFor(runId: string, cwd = '/repo'): RunManifest {
  return {
    version: 1,
    runId,
    workflowName: 'tidy',
    scriptPath: '/repo/tidy.js',
    args: { deep: [1, 'two', null] },
    hasArgs: true,
    cwd,
    baseCommit: null,
    model: 'claude-sonnet-5',
    modelSource: { kind: 'simulated', rulesText: null },
    permissionMode: 'default',
    concurrency: 16,
    budget: null,
    createdAt: 1_000,
  };
}

export function logged(runId: string, seq: number, message = 'said'): Event {
  return { seq, at: 1_000 + seq, runId, type: 'logged', level: 'info', message };
}

export function entry(n: number): JournalEntry {
  return { key: `key-${n}`, kind: 'agent', agentId: `a${n}`, value: { n, text: 'Zeile\n“zwei”' } };
}

export const completed: RunRecordEnd = {
  end: { status: 'completed', result: { ok: true }, failures: [] },
  usage: {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
    agents: 1,
    requests: 1,
    usd: null,
    ms: 5,
  },
  endedAt: 2_000,
};

const started: Event = {
  seq: 1,
  at: 1_001,
  runId: 'run-1',
  type: 'run.started',
  workflowName: 'tidy',
  description: '',
  phases: [],
  scriptPath: '/repo/tidy.js',
  cwd: '/repo',
  base: null,
  model: 'claude-sonnet-5',
  permissionMode: 'default',
  concurrency: 16,
  budget: null,
  attempt: 1,
};

export function runStoreContract(
  name: string,
  withStore: (body: (made: StoreUnderTest) => Promise<void>) => Promise<void>,
): void {
  const reopen = async (store: RunStore, runId: string): Promise<OpenRun> => {
    const opened = await store.open(runId);
    if (opened.kind !== 'opened') throw new Error(`${runId} is ${opened.kind}`);
    return opened.run;
  };

  describe(`run store: ${name}`, () => {
    test('a new run has nothing in it yet', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        expect(run.manifest).toEqual(manifestFor('run-1'));
        expect({ script: run.script, journal: run.journal, lastSeq: run.lastSeq, attempts: run.attempts }).toEqual({
          script: 'return 1;',
          journal: [],
          lastSeq: 0,
          attempts: 0,
        });
        await run.close();
      }));

    test('W41 what was written is there after it was closed', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        run.appendEvents([started, logged('run-1', 2)]);
        run.appendTranscript('a1', [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
        await Promise.all([1, 2, 3].map((n) => run.appendJournal(entry(n))));
        await run.finish(completed);
        await run.close();
        const again = await reopen(store, 'run-1');
        expect(again.manifest).toEqual(manifestFor('run-1'));
        expect(again.journal).toEqual([entry(1), entry(2), entry(3)]);
        expect([again.lastSeq, again.attempts]).toEqual([2, 1]);
        await again.close();
      }));

    test('W41 a dead owner loses nothing that was acknowledged, and its run can be had', () =>
      withStore(async ({ store, crash }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        await run.appendJournal(entry(1));
        await crash(run);
        const again = await reopen(store, 'run-1');
        expect(again.journal).toEqual([entry(1)]);
        await again.appendJournal(entry(2));
        await again.close();
        const third = await reopen(store, 'run-1');
        expect(third.journal).toEqual([entry(1), entry(2)]);
        await third.close();
      }));

    test('W45 an unknown run, and one that somebody has open', () =>
      withStore(async ({ store }) => {
        expect(await store.open('never-was')).toEqual({ kind: 'unknown' });
        expect(await store.open('../run-1')).toEqual({ kind: 'unknown' });
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        expect(await store.open('run-1')).toMatchObject({ kind: 'running' });
        await run.close();
        await (await reopen(store, 'run-1')).close();
      }));

    test('a run is made once, and written while it is open only', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        await expect(store.create(manifestFor('run-1'), 'return 2;')).rejects.toThrow();
        await run.close();
        await run.close();
        expect(() => run.appendEvents([logged('run-1', 1)])).toThrow(/closed/);
        const again = await reopen(store, 'run-1');
        expect(again.script).toBe('return 1;');
        await again.close();
      }));

    test('an edited script stays with the run, the manifest says where it came from', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        await run.replaceScript('return 2;', '/repo/edited.js');
        expect([run.script, run.manifest.scriptPath]).toEqual(['return 2;', '/repo/edited.js']);
        await run.close();
        const again = await reopen(store, 'run-1');
        expect([again.script, again.manifest.scriptPath]).toEqual(['return 2;', '/repo/edited.js']);
        await again.close();
      }));
  });
}
