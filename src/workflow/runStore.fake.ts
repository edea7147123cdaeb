import type { Message } from '../protocol/conversation.ts';
import type { Decision } from '../protocol/decision.ts';
import type { Event } from '../protocol/messages.ts';
import { answersOf, type JournalLine } from './journalLine.ts';
import { pastOf } from './runPast.ts';
import type { OpenRun, RunManifest, RunRecordEnd, RunStore } from './runStore.ts';

/** A run as it lies in the fake's memory. */
export interface StoredRun {
  manifest: RunManifest;
  script: string;
  readonly earlierScripts: string[];
  readonly events: Event[];
  readonly journal: JournalLine[];
  readonly decisions: Decision[];
  readonly transcripts: Map<string, Message[]>;
  end: RunRecordEnd | null;
  /** Somebody has it open. */
  held: boolean;
}

export interface FakeRunStore extends RunStore {
  readonly runs: ReadonlyMap<string, StoredRun>;
  /** As if the owner's process had died: what was written stays, the lock is free. */
  crash(runId: string): void;
}

export function fakeRunStore(): FakeRunStore {
  const runs = new Map<string, StoredRun>();
  return {
    runs,
    crash: (runId) => {
      const run = runs.get(runId);
      if (run) run.held = false;
    },
    create: async (manifest, script) => {
      if (runs.has(manifest.runId)) throw new Error(`There is a run ${manifest.runId} already.`);
      const run: StoredRun = {
        manifest,
        script,
        earlierScripts: [],
        events: [],
        journal: [],
        decisions: [],
        transcripts: new Map(),
        end: null,
        held: true,
      };
      runs.set(manifest.runId, run);
      return openRun(run);
    },
    open: async (runId) => {
      const run = runs.get(runId);
      if (!run) return { kind: 'unknown' };
      if (run.held) return { kind: 'running', pid: 1 };
      run.held = true;
      return { kind: 'opened', run: openRun(run) };
    },
  };
}

function openRun(run: StoredRun): OpenRun {
  let closed = false;
  let journal = answersOf(run.journal);
  const goOn = (): void => {
    if (closed) throw new Error(`Run ${run.manifest.runId} is closed.`);
    run.end = null;
  };
  return {
    get manifest() {
      return run.manifest;
    },
    get script() {
      return run.script;
    },
    dir: `/runs/${run.manifest.runId}`,
    get journal() {
      return journal;
    },
    ...pastOf(run.events, run.events.at(-1)?.seq ?? 0, run.journal, run.decisions),
    readTranscript: async (agentId) => [...(run.transcripts.get(agentId) ?? [])],
    appendEvents: (events) => {
      goOn();
      run.events.push(...events);
    },
    readEvents: (from) => run.events.filter(({ seq }) => seq >= from),
    appendJournal: async (entry) => {
      goOn();
      run.journal.push(entry);
    },
    dropAnswers: async (keys) => {
      goOn();
      run.journal.push(...keys.map((key) => ({ key, dropped: true as const })));
      journal = journal.filter(({ key }) => !keys.includes(key));
    },
    appendTranscript: (agentId, messages) => {
      goOn();
      run.transcripts.set(agentId, [...(run.transcripts.get(agentId) ?? []), ...messages]);
    },
    finish: async (end) => {
      goOn();
      run.end = end;
    },
    replaceScript: async (source, scriptPath) => {
      goOn();
      if (source !== run.script) run.earlierScripts.push(run.script);
      run.script = source;
      run.manifest = { ...run.manifest, scriptPath };
    },
    keepReviewRule: async (requireReview) => {
      goOn();
      run.manifest = { ...run.manifest, requireReview };
    },
    close: async () => {
      if (!closed) run.held = false;
      closed = true;
    },
  };
}
