import { mkdirSync, unlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from '../protocol/conversation.ts';
import type { Event } from '../protocol/messages.ts';
import type { JournalEntry } from '../workflow/journal.ts';
import type { RunPast } from '../workflow/runPast.ts';
import type { OpenRun, RunManifest, RunRecordEnd } from '../workflow/runStore.ts';
import type { SpentBefore } from '../workflow/spending.ts';
import { isMissing } from './errno.ts';
import { GroupCommit, LineAppender, readValuesNow } from './ndjson.ts';
import { eventSchema, FOLDER_MODE, RUN_FILES, writeEnd, writeManifest, writeWhole } from './runFiles.ts';
import type { RunLock } from './runLock.ts';
import { readMessages, TranscriptWriter } from './transcriptFiles.ts';

interface RunState extends RunPast {
  readonly manifest: RunManifest;
  readonly dir: string;
  readonly script: string;
  readonly journal: readonly JournalEntry[];
  readonly lock: RunLock;
}

interface RunWriters {
  readonly commits: GroupCommit;
  readonly transcripts: TranscriptWriter;
}

/** One run while this process owns it. Events and transcripts go out at the end of the turn, unsynced; journal entries are synced. */
export class FileRun implements OpenRun {
  readonly dir: string;
  readonly lastSeq: number;
  readonly attempts: number;
  readonly unfinished: OpenRun['unfinished'];
  readonly told: OpenRun['told'];
  readonly calls: OpenRun['calls'];
  readonly folders: OpenRun['folders'];
  readonly discarded: OpenRun['discarded'];
  readonly concurrency: OpenRun['concurrency'];
  readonly spent: SpentBefore;
  readonly #lock: RunLock;
  readonly #events: LineAppender;
  readonly #commits: GroupCommit;
  readonly #transcripts: TranscriptWriter;
  #journal: readonly JournalEntry[];
  #manifest: RunManifest;
  #script: string;
  #ended = true;
  #flushing: NodeJS.Immediate | null = null;
  #closing: Promise<void> | null = null;
  onClosed: () => void = () => undefined;

  private constructor(state: RunState, { commits, transcripts }: RunWriters) {
    this.dir = state.dir;
    this.lastSeq = state.lastSeq;
    this.attempts = state.attempts;
    this.unfinished = state.unfinished;
    this.told = state.told;
    this.calls = state.calls;
    this.folders = state.folders;
    this.discarded = state.discarded;
    this.concurrency = state.concurrency;
    this.spent = state.spent;
    this.#journal = state.journal;
    this.#manifest = state.manifest;
    this.#script = state.script;
    this.#lock = state.lock;
    this.#commits = commits;
    this.#transcripts = transcripts;
    mkdirSync(join(state.dir, RUN_FILES.agents), { recursive: true, mode: FOLDER_MODE });
    this.#events = new LineAppender(join(state.dir, RUN_FILES.events));
  }

  static async open(state: RunState): Promise<FileRun> {
    const commits = await GroupCommit.open(join(state.dir, RUN_FILES.journal));
    try {
      return new FileRun(state, { commits, transcripts: await TranscriptWriter.open(state.dir) });
    } catch (error) {
      await commits.close();
      throw error;
    }
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  get script(): string {
    return this.#script;
  }

  get journal(): readonly JournalEntry[] {
    return this.#journal;
  }

  appendEvents(events: readonly Event[]): void {
    this.#goOn();
    for (const event of events) this.#events.add(event);
    if (this.#events.isFull) this.#tryFlush();
    this.#flushSoon();
  }

  readEvents(from: number): readonly Event[] {
    if (this.#closing === null) this.flush();
    return readValuesNow(join(this.dir, RUN_FILES.events), eventSchema).filter(({ seq }) => seq >= from);
  }

  appendJournal(entry: JournalEntry): Promise<void> {
    this.#goOn();
    return this.#commits.append(entry);
  }

  async dropAnswers(keys: readonly string[]): Promise<void> {
    this.#goOn();
    const dropped = new Set(keys);
    await Promise.all(keys.map((key) => this.#commits.append({ key, dropped: true })));
    this.#journal = this.#journal.filter(({ key }) => !dropped.has(key));
  }

  appendTranscript(agentId: string, messages: readonly Message[]): void {
    this.#goOn();
    this.#transcripts.add(agentId, messages);
    this.#flushSoon();
  }

  async readTranscript(agentId: string): Promise<readonly Message[]> {
    this.flush();
    return (await readMessages(this.dir, agentId)) ?? [];
  }

  async replaceScript(source: string, scriptPath: string): Promise<void> {
    this.#goOn();
    if (source !== this.#script) {
      const earlier = (await readdir(this.dir)).filter((name) => /^script\.\d+\.js$/.test(name)).length;
      await writeWhole(join(this.dir, `script.${earlier + 1}.js`), this.#script);
      await writeWhole(join(this.dir, RUN_FILES.script), source);
      this.#script = source;
    }
    if (scriptPath === this.#manifest.scriptPath) return;
    this.#manifest = { ...this.#manifest, scriptPath };
    await writeManifest(this.dir, this.#manifest);
  }

  async keepReviewRule(requireReview: boolean): Promise<void> {
    this.#goOn();
    this.#manifest = { ...this.#manifest, requireReview };
    await writeManifest(this.dir, this.#manifest);
  }

  async finish(end: RunRecordEnd): Promise<void> {
    this.#goOn();
    this.flush();
    await writeEnd(this.dir, end);
    this.#ended = true;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Throws what the file system says; what could not be written stays for the next flush. */
  flush(): void {
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#flushing = null;
    this.#events.flush();
    this.#transcripts.flush();
  }

  async #close(): Promise<void> {
    try {
      this.flush();
    } finally {
      this.#events.close();
      this.#transcripts.close();
      await this.#commits.close();
      await this.#lock.release();
      this.onClosed();
    }
  }

  /** A run that had ended goes on with its first write, not when it is merely opened to look. */
  #goOn(): void {
    if (this.#closing !== null) throw new Error(`Run ${this.#manifest.runId} is closed.`);
    if (!this.#ended) return;
    this.#ended = false;
    for (const file of [RUN_FILES.end, RUN_FILES.result]) {
      try {
        unlinkSync(join(this.dir, file));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = null;
      this.#tryFlush();
    });
  }

  #tryFlush(): void {
    try {
      this.flush();
    } catch {
      // A full disk: the lines are kept, the next flush tries again, and `close` says so if it stays full.
    }
  }
}

/** Runs of this process, so that an exit in the middle of a turn still writes what they said. */
export class OpenRuns {
  readonly #runs = new Set<FileRun>();
  readonly #onExit = (): void => {
    for (const run of this.#runs) {
      try {
        run.flush();
      } catch {
        // Nobody is left to be told.
      }
    }
  };

  add(run: FileRun): FileRun {
    if (this.#runs.size === 0) process.on('exit', this.#onExit);
    this.#runs.add(run);
    run.onClosed = () => {
      this.#runs.delete(run);
      if (this.#runs.size === 0) process.off('exit', this.#onExit);
    };
    return run;
  }
}
