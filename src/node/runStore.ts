import { appendFileSync, mkdirSync, unlinkSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Message } from '../protocol/conversation.ts';
import type { Event } from '../protocol/messages.ts';
import type { JournalEntry } from '../workflow/journal.ts';
import type { OpenResult, OpenRun, RunManifest, RunRecordEnd, RunStore } from '../workflow/runStore.ts';
import { isMissing } from './errno.ts';
import {
  FILE_MODE,
  GroupCommit,
  LineAppender,
  dropTornLine,
  parseJson,
  parseLines,
  readLines,
  toLine,
} from './ndjson.ts';
import {
  FOLDER_MODE,
  RUN_FILES,
  eventSchema,
  isRunId,
  journalSchema,
  makeFolder,
  messageSchema,
  readManifest,
  readText,
  runFolders,
  runsFolderOf,
  transcriptFile,
  writeWhole,
} from './runFiles.ts';
import type { RunLock } from './runLock.ts';
import { claimRun } from './runLock.ts';

/** Runs on disk, under `<home>/projects/`: readable by any process, written by the one that owns the run. */
export function fileRunStore(home: string): RunStore {
  const open = new OpenRuns();
  return {
    create: async (manifest, script) => {
      const parent = await runsFolderOf(home, manifest.cwd);
      await makeFolder(parent);
      const dir = join(parent, requireRunId(manifest.runId));
      await mkdir(dir, { mode: FOLDER_MODE });
      try {
        const lock = await claimFresh(dir);
        await writeWhole(join(dir, RUN_FILES.script), script);
        // The manifest comes last: a folder without one was never a run.
        await writeWhole(join(dir, RUN_FILES.manifest), manifestText(manifest));
        return open.add(
          await FileRun.open({
            ...{ manifest, dir, script, lock },
            ...{ journal: [], lastSeq: 0, attempts: 0, spentTokens: 0, unfinished: new Map<string, string>() },
          }),
        );
      } catch (error) {
        await rm(dir, { recursive: true, force: true });
        throw error;
      }
    },
    open: async (runId) => {
      const dir = await folderOf(home, runId);
      if (dir === null) return { kind: 'unknown' };
      const read = await readManifest(dir);
      if (read.kind === 'missing') return { kind: 'unknown' };
      if (read.kind === 'unreadable') return read;
      const claim = await claimRun(dir);
      if (claim.kind === 'held') return { kind: 'running', pid: claim.pid };
      let result: Opened | undefined;
      try {
        result = await openClaimed(dir, read.manifest, claim.lock);
      } finally {
        if (result?.kind !== 'opened') await claim.lock.release();
      }
      if (result.kind === 'opened') open.add(result.run);
      return result;
    },
  };
}

type Opened = Exclude<OpenResult, { readonly kind: 'opened' }> | { readonly kind: 'opened'; readonly run: FileRun };

async function openClaimed(dir: string, manifest: RunManifest, lock: RunLock): Promise<Opened> {
  const script = await readText(join(dir, RUN_FILES.script));
  if (script === null) return { kind: 'unreadable', message: `${join(dir, RUN_FILES.script)} is missing.` };
  const [journalPath, eventsPath] = [join(dir, RUN_FILES.journal), join(dir, RUN_FILES.events)];
  await Promise.all([journalPath, eventsPath].map(dropTornLine));
  const journal = parseLines(journalPath, await readLines(journalPath), journalSchema);
  if (!journal.ok) return { kind: 'unreadable', message: journal.message };
  const events = await readLines(eventsPath);
  const last = events.at(-1);
  const lastEvent = last === undefined ? undefined : eventSchema.safeParse(parseJson(last));
  if (lastEvent?.success === false)
    return { kind: 'unreadable', message: `${eventsPath}, line ${events.length}: damaged` };
  const lastSeq = lastEvent?.data.seq ?? 0;
  // Events are unsynced: after a power cut they may know less than the journal does, whose agents' names must not recur.
  const attempts = Math.max(events.filter(isStart).length, ...journal.values.map(({ agentId }) => attemptOf(agentId)));
  return {
    kind: 'opened',
    run: await FileRun.open({
      ...{ manifest, dir, script, journal: journal.values, lastSeq, attempts, lock },
      unfinished: unfinishedOf(events, journal.values),
      spentTokens: events.reduce((sum, line) => sum + outputTokensOf(line), 0),
    }),
  };
}

interface RunState {
  readonly manifest: RunManifest;
  readonly dir: string;
  readonly script: string;
  readonly journal: readonly JournalEntry[];
  readonly lastSeq: number;
  readonly attempts: number;
  readonly unfinished: ReadonlyMap<string, string>;
  readonly spentTokens: number;
  readonly lock: RunLock;
}

/** One run while this process owns it. Events and transcripts go out at the end of the turn, unsynced; journal entries are synced. */
class FileRun implements OpenRun {
  readonly dir: string;
  readonly journal: readonly JournalEntry[];
  readonly lastSeq: number;
  readonly attempts: number;
  readonly unfinished: ReadonlyMap<string, string>;
  readonly spentTokens: number;
  readonly #lock: RunLock;
  readonly #events: LineAppender;
  readonly #commits: GroupCommit;
  readonly #transcripts = new Map<string, string>();
  #manifest: RunManifest;
  #script: string;
  #ended = true;
  #flushing: NodeJS.Immediate | null = null;
  #closing: Promise<void> | null = null;
  onClosed: () => void = () => undefined;

  private constructor(state: RunState, commits: GroupCommit) {
    this.dir = state.dir;
    this.journal = state.journal;
    this.lastSeq = state.lastSeq;
    this.attempts = state.attempts;
    this.unfinished = state.unfinished;
    this.spentTokens = state.spentTokens;
    this.#manifest = state.manifest;
    this.#script = state.script;
    this.#lock = state.lock;
    this.#commits = commits;
    mkdirSync(join(state.dir, RUN_FILES.agents), { recursive: true, mode: FOLDER_MODE });
    this.#events = new LineAppender(join(state.dir, RUN_FILES.events));
  }

  static async open(state: RunState): Promise<FileRun> {
    return new FileRun(state, await GroupCommit.open(join(state.dir, RUN_FILES.journal)));
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  get script(): string {
    return this.#script;
  }

  appendEvents(events: readonly Event[]): void {
    this.#goOn();
    for (const event of events) this.#events.add(event);
    this.#flushSoon();
  }

  appendJournal(entry: JournalEntry): Promise<void> {
    this.#goOn();
    return this.#commits.append(entry);
  }

  appendTranscript(agentId: string, messages: readonly Message[]): void {
    this.#goOn();
    const file = transcriptFile(agentId);
    if (file === null) throw new Error(`Not an agent id: ${agentId}`);
    this.#transcripts.set(file, (this.#transcripts.get(file) ?? '') + messages.map(toLine).join(''));
    this.#flushSoon();
  }

  async readTranscript(agentId: string): Promise<readonly Message[]> {
    this.flush();
    const file = transcriptFile(agentId);
    if (file === null) return [];
    const path = join(this.dir, file);
    await dropTornLine(path);
    const messages = parseLines(path, await readLines(path), messageSchema);
    return messages.ok ? messages.values : [];
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
    await writeWhole(join(this.dir, RUN_FILES.manifest), manifestText(this.#manifest));
  }

  async finish(end: RunRecordEnd): Promise<void> {
    this.#goOn();
    this.flush();
    await writeWhole(join(this.dir, RUN_FILES.end), `${JSON.stringify(end, null, 2)}\n`);
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
    for (const [file, text] of this.#transcripts) {
      appendFileSync(join(this.dir, file), text, { mode: FILE_MODE });
      this.#transcripts.delete(file);
    }
  }

  async #close(): Promise<void> {
    try {
      this.flush();
    } finally {
      this.#events.close();
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
    try {
      unlinkSync(join(this.dir, RUN_FILES.end));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = null;
      try {
        this.flush();
      } catch {
        // A full disk: the lines are kept, the next flush tries again, and `close` says so if it stays full.
      }
    });
  }
}

/** Runs of this process, so that an exit in the middle of a turn still writes what they said. */
class OpenRuns {
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

async function folderOf(home: string, runId: string): Promise<string | null> {
  return (await runFolders(home)).find((folder) => folder.runId === runId)?.dir ?? null;
}

async function claimFresh(dir: string): Promise<RunLock> {
  const claim = await claimRun(dir);
  if (claim.kind === 'held') throw new Error(`${dir} belongs to process ${claim.pid}.`);
  return claim.lock;
}

function requireRunId(runId: string): string {
  if (!isRunId(runId)) throw new Error(`Not a run id: ${runId}`);
  return runId;
}

/** The attempt in which an agent was named: `a7` is of the launch, `a3.2` of the second resume; 0 for other names. */
function attemptOf(agentId: string): number {
  const [, first, second] = /^a(\d+)(?:\.(\d+))?$/.exec(agentId) ?? [];
  if (first === undefined) return 0;
  return second === undefined ? 1 : Number(first);
}

function isStart(line: string): boolean {
  if (!line.includes('run.started')) return false;
  const event = eventSchema.safeParse(parseJson(line));
  return event.success && event.data.type === 'run.started';
}

const queuedSchema = z.object({ type: z.literal('agent.queued'), agentId: z.string(), key: z.string() });
const endedSchema = z.object({ type: z.literal('agent.ended'), agentId: z.string() });

/** By the key of its call: an agent that was asked for and has not ended, the newest of those that were. */
function unfinishedOf(events: readonly string[], journal: readonly JournalEntry[]): ReadonlyMap<string, string> {
  const answered = new Set(journal.map(({ key }) => key));
  const keys = new Map<string, string>();
  for (const line of events) {
    if (line.includes('"agent.queued"')) {
      const event = queuedSchema.safeParse(parseJson(line));
      if (event.success) keys.set(event.data.agentId, event.data.key);
    } else if (line.includes('"agent.ended"')) {
      const event = endedSchema.safeParse(parseJson(line));
      if (event.success) keys.delete(event.data.agentId);
    }
  }
  return new Map([...keys].filter(([, key]) => !answered.has(key)).map(([agentId, key]) => [key, agentId]));
}

const repliedSchema = z.object({
  type: z.literal('agent.replied'),
  usage: z.object({ outputTokens: z.number().nonnegative() }),
});

function outputTokensOf(line: string): number {
  if (!line.includes('agent.replied')) return 0;
  const event = repliedSchema.safeParse(parseJson(line));
  return event.success ? event.data.usage.outputTokens : 0;
}

function manifestText(manifest: RunManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
