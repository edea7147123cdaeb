import { describe, expect, test } from 'vitest';
import type { Message } from '../protocol/conversation.ts';
import type { Decision } from '../protocol/decision.ts';
import type { Event, EventBody } from '../protocol/messages.ts';
import type { JournalEntry } from './journal.ts';
import { RUN_VERSION, type OpenRun, type RunManifest, type RunRecordEnd, type RunStore } from './runStore.ts';

/** A store under test and a way to lose its owner without a word. */
export interface StoreUnderTest {
  readonly store: RunStore;
  /** As if the process that has the run open had died; what it was told before is on disk. */
  readonly crash: (run: OpenRun) => Promise<void>;
  /** As if it had died in the middle of a further message of this agent. */
  readonly tear: (run: OpenRun, agentId: string) => Promise<void>;
  /** A person's word on the run's changes, from elsewhere, while nobody has the run open. */
  readonly decide: (run: OpenRun, decision: Decision) => Promise<void>;
}

export function manifestFor(runId: string, cwd = '/repo'): RunManifest {
  return {
    version: RUN_VERSION,
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
    caps: {},
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

function said(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function numbered(bodies: readonly EventBody[], from = 1): readonly Event[] {
  return bodies.map((body, index) => ({ seq: from + index, at: 1_000, runId: 'run-1', ...body }));
}

function queued(agentId: string, key: string, label = agentId): EventBody {
  const { model } = manifestFor('run-1');
  return { type: 'agent.queued', agentId, kind: 'agent', label, phase: null, model, prompt: 'p', key };
}

function ended(agentId: string): EventBody {
  return { type: 'agent.ended', agentId, end: { kind: 'done', preview: '' }, fromJournal: false };
}

const startBody = {
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
  caps: {},
  attempt: 1,
} as const satisfies EventBody;

const started: Event = { seq: 1, at: 1_001, runId: 'run-1', ...startBody };

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

    test('W41 what has been said can be read from a number on, at once and after it was closed', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        expect(run.readEvents(1)).toEqual([]);
        run.appendEvents([started, logged('run-1', 2)]);
        run.appendEvents([logged('run-1', 3)]);
        expect(run.readEvents(1)).toEqual([started, logged('run-1', 2), logged('run-1', 3)]);
        await run.close();
        expect(run.readEvents(3)).toEqual([logged('run-1', 3)]);
        expect(run.readEvents(4)).toEqual([]);
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

    test.each([
      { name: 'short', text: 'hi' },
      { name: 'long', text: 'Zeile mit “Zeichen” 🌱 und \\ "Marken"\n'.repeat(2_000) },
    ])('W42 a transcript of $name messages is read as it was written, without a torn end', ({ text }) =>
      withStore(async ({ store, crash, tear }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        const [first, second, third] = [said(`1 ${text}`), said(`2 ${text}`), said(`3 ${text}`)];
        run.appendTranscript('a1', [first]);
        run.appendTranscript('a2', [second]);
        run.appendTranscript('a1', [second]);
        expect(await run.readTranscript('a1')).toEqual([first, second]);
        await tear(run, 'a1');
        await crash(run);
        const again = await reopen(store, 'run-1');
        expect(await again.readTranscript('a1')).toEqual([first, second]);
        again.appendTranscript('a1', [third]);
        expect(await again.readTranscript('a1')).toEqual([first, second, third]);
        expect(await again.readTranscript('a2')).toEqual([second]);
        expect(await again.readTranscript('a9')).toEqual([]);
        expect(await again.readTranscript('../a1')).toEqual([]);
        await again.close();
      }),
    );

    test('W42 a hundred agents write their transcripts in turns', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        const agents = Array.from({ length: 100 }, (_, n) => `a${n}`);
        for (const text of ['first', 'second']) {
          for (const agent of agents) run.appendTranscript(agent, [said(`${text} of ${agent}`)]);
          // What waits is written before anything is read.
          await run.readTranscript('a1');
        }
        for (const agent of agents)
          expect(await run.readTranscript(agent)).toEqual([said(`first of ${agent}`), said(`second of ${agent}`)]);
        await run.close();
      }));

    test.each([
      {
        name: 'of two attempts the newer one counts, and what ended or is answered does not',
        events: [
          startBody,
          ...[queued('a1', 'key-1'), queued('a2', 'key-2'), queued('a3', 'key-3'), queued('a4', 'key-4')],
          ended('a3'),
          { ...startBody, attempt: 2 },
          ...[queued('a1', 'key-1'), ended('a1'), queued('a2.1', 'key-2')],
        ],
        journal: [entry(1)],
        unfinished: [
          ['key-2', 'a2.1'],
          ['key-4', 'a4'],
        ],
      },
      {
        name: 'one that was asked again and ended is finished, whatever became of its first try',
        events: [startBody, queued('a1', 'key-1'), startBody, queued('a2.1', 'key-1'), ended('a2.1')],
        journal: [],
        unfinished: [],
      },
    ])('W42 unfinished agents: $name', ({ events, journal, unfinished }) =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        run.appendEvents(numbered(events));
        for (const answer of journal) await run.appendJournal(answer);
        expect([...run.unfinished]).toEqual([]);
        await run.close();
        const again = await reopen(store, 'run-1');
        expect([...again.unfinished]).toEqual(unfinished);
        await again.close();
      }),
    );

    test('X03 changes that a person has discarded since, and not brought back', () =>
      withStore(async ({ store, decide }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        expect([...run.discarded]).toEqual([]);
        await run.close();
        const about = (change: string) => ({ at: 1, change, branch: `workflow/run-1/${change}`, commit: 'c' });
        for (const change of ['a1', 'a2']) await decide(run, { type: 'discarded', ...about(change) });
        await decide(run, { type: 'restored', at: 2, change: 'a1' });
        await decide(run, { type: 'merged', ...about('a3') });
        const again = await reopen(store, 'run-1');
        expect([...again.discarded]).toEqual(['a2']);
        await again.close();
      }));

    test('W43 the calls made since the script was changed, and what each attempt saw of the folder', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        const { end, usage } = completed;
        run.appendEvents(
          numbered([
            { ...startBody, scriptHash: 'one', folder: 'f1' },
            queued('a1', 'key-1', 'first'),
            { type: 'run.ended', end, usage, folder: 'f2' },
            { ...startBody, attempt: 2, scriptHash: 'two', folder: 'f3' },
            queued('a1', 'key-1', 'first'),
            { ...startBody, attempt: 3, scriptHash: 'two' },
            queued('a3.1', 'key-2', 'second'),
          ]),
        );
        await run.close();
        const again = await reopen(store, 'run-1');
        expect(again.calls).toEqual([
          { agentId: 'a1', label: 'first', key: 'key-1', attempt: 2 },
          { agentId: 'a3.1', label: 'second', key: 'key-2', attempt: 3 },
        ]);
        expect(again.folders).toEqual([
          { attempt: 1, found: 'f1', left: 'f2' },
          { attempt: 2, found: 'f3', left: null },
          { attempt: 3, found: null, left: null },
        ]);
        await again.close();
      }));

    test('W42 an answer that was dropped does not come back, the one that is given instead counts', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        for (const n of [1, 2, 3]) await run.appendJournal(entry(n));
        await run.close();
        const second = await reopen(store, 'run-1');
        await second.dropAnswers(['key-1', 'key-3']);
        expect(second.journal).toEqual([entry(2)]);
        await second.appendJournal({ ...entry(1), agentId: 'a2.1', value: 'new' });
        await second.close();
        const third = await reopen(store, 'run-1');
        expect(third.journal).toEqual([entry(2), { ...entry(1), agentId: 'a2.1', value: 'new' }]);
        await third.close();
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

    test('X03 what a resume says of reviews stays with the run', () =>
      withStore(async ({ store }) => {
        const run = await store.create(manifestFor('run-1'), 'return 1;');
        expect(run.manifest.requireReview).toBeUndefined();
        await run.keepReviewRule(false);
        await run.close();
        const again = await reopen(store, 'run-1');
        expect(again.manifest).toEqual({ ...manifestFor('run-1'), requireReview: false });
        await again.close();
      }));
  });
}
