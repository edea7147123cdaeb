import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { Engine } from '../node/createEngine.ts';
import { FolderWatch } from '../node/folderWatch.ts';
import type { RunSummary } from '../node/runReader.ts';
import type { RunTail } from '../node/runTail.ts';
import { fold } from '../projection/reduce.ts';
import { statusOf } from '../projection/select.ts';
import { initialState, type RunState } from '../projection/state.ts';
import type { Event } from '../protocol/messages.ts';
import type { RunStatus } from '../protocol/run.ts';
import type { FinishedRun } from '../workflow/runtime.ts';

/** A run of this window, of another one or of the terminal. */
export interface KnownRun {
  readonly runId: string;
  readonly summary: RunSummary;
  /** Null until somebody has looked into the run: `open` reads it. */
  readonly state: RunState | null;
  readonly status: RunStatus;
  /** Its process lives. */
  readonly alive: boolean;
  /** The engine that runs it, when it is one of this window: then it can be stopped and answered from here. */
  readonly engine: Engine | null;
}

export type HubChange =
  /** Runs came, went, or stand otherwise. */
  | { readonly type: 'list' }
  /** In order and without gaps among themselves. */
  | { readonly type: 'events'; readonly runId: string; readonly events: readonly Event[] }
  /** A person has decided something about the run's changes, in this window. */
  | { readonly type: 'decided'; readonly runId: string }
  /** A run of this window was launched or taken up again. */
  | { readonly type: 'begun'; readonly runId: string }
  /** A run of this window has come to its end. */
  | { readonly type: 'ended'; readonly runId: string; readonly finished: FinishedRun };

export interface HubPlaces {
  readonly home: string;
  /** Working directories whose runs count, whoever started them. */
  readonly folders: () => readonly string[];
  /** Runs' own folders that count wherever they worked. */
  readonly dirs: () => readonly string[];
}

/** More would make a list that nobody reads; the terminal lists them all. */
const MAX_RUNS = 100;

interface Entry {
  summary: RunSummary;
  state: RunState | null;
  engine: Engine | null;
  listening: Disposable | null;
  tail: RunTail | null;
  /** The end of the reading that is under way. */
  reading: Promise<void>;
  changedAt: number;
}

/**
 * All runs that concern this window, as one list: those of its own engines as they tell them, all others as their
 * files do.
 */
export class RunHub implements Disposable {
  readonly #places: HubPlaces;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Emitter<HubChange>();
  #watch: FolderWatch | null = null;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #disposed = false;

  constructor(places: HubPlaces) {
    this.#places = places;
  }

  /** Begins to look for runs on disk. */
  start(): void {
    this.#watch ??= new FolderWatch(() => void this.look());
    void this.look();
  }

  /** Newest first. */
  runs(): readonly KnownRun[] {
    return [...this.#entries.values()].map(known).sort((a, b) => b.summary.createdAt - a.summary.createdAt);
  }

  get(runId: string): KnownRun | undefined {
    const entry = this.#entries.get(runId);
    return entry && known(entry);
  }

  /** Reads the run's log so far; from then on its events are told. Undefined for an unknown run. */
  async open(runId: string): Promise<(KnownRun & { readonly state: RunState }) | undefined> {
    const entry = this.#entries.get(runId);
    if (!entry) return undefined;
    if (entry.state === null) await this.#read(entry);
    return { ...known(entry), state: entry.state ?? initialState(runId) };
  }

  /** Something about its changes has just been decided here. */
  decided(runId: string): void {
    this.#changes.emit({ type: 'decided', runId });
  }

  on(listener: (change: HubChange) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Takes in a run that an engine of this window has just begun or taken up again. */
  async adopt(engine: Engine, runId: string, dir: string): Promise<void> {
    const { summaryOf } = await import('../node/runReader.ts');
    const summary = await summaryOf(dir);
    // It may have been found on disk meanwhile.
    const entry = this.#entries.get(runId) ?? emptyEntry(summary);
    if (!entry) throw new Error(`The run ${runId} cannot be read in ${dir}.`);
    this.#entries.set(runId, entry);
    entry.engine = engine;
    await this.#read(entry);
    const from = (entry.state?.seq ?? 0) + 1;
    entry.listening = engine.subscribe(runId, from, (batch) => this.#accept(entry, batch));
    this.#changes.emit({ type: 'list' });
    this.#changes.emit({ type: 'begun', runId });
    engine.finished(runId).then(
      (finished) => this.#ended(entry, finished),
      () => this.#ended(entry, null),
    );
  }

  /** Looks at the disk now; resolves when what is there is in the list. */
  look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookUntilQuiet().finally(() => (this.#looking = null));
    return this.#looking;
  }

  dispose(): void {
    this.#disposed = true;
    this.#watch?.dispose();
    for (const entry of this.#entries.values()) entry.listening?.dispose();
  }

  async #lookUntilQuiet(): Promise<void> {
    while (this.#lookAgain && !this.#disposed) {
      this.#lookAgain = false;
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    const [{ summaryOf }, dirs] = await Promise.all([import('../node/runReader.ts'), this.#runDirs()]);
    const byDir = new Map([...this.#entries.values()].map((entry) => [entry.summary.dir, entry]));
    let changed = false;
    for (const dir of dirs) {
      const entry = byDir.get(dir);
      if (entry?.engine) continue;
      const changedAt = await modifiedAt(dir);
      if (changedAt === null || (entry && entry.changedAt === changedAt && entry.summary.status !== 'running'))
        continue;
      const summary = await summaryOf(dir);
      if (summary === null) continue;
      changed = this.#see(summary, changedAt) || changed;
    }
    for (const [dir, entry] of byDir) {
      if (entry.engine || (dirs.has(dir) && (await modifiedAt(dir)) !== null)) continue;
      changed = this.#entries.delete(entry.summary.runId) || changed;
    }
    changed = this.#forgetOldest() || changed;
    for (const entry of this.#entries.values()) {
      const follow = entry.state !== null || entry.summary.status === 'running';
      if (!entry.engine && follow) await this.#read(entry).catch(() => undefined);
    }
    if (changed) this.#changes.emit({ type: 'list' });
  }

  /** True when the list shows something else than before. */
  #see(summary: RunSummary, changedAt: number): boolean {
    const entry = this.#entries.get(summary.runId);
    const now = entry ?? emptyEntry(summary);
    if (!now || now.engine) return false;
    const before = entry?.summary;
    now.summary = summary;
    now.changedAt = changedAt;
    this.#entries.set(summary.runId, now);
    return before?.status !== summary.status || before.endedAt !== summary.endedAt;
  }

  async #runDirs(): Promise<ReadonlySet<string>> {
    const { runFolders, runsFolderOf } = await import('../node/runFiles.ts');
    const { home, folders, dirs } = this.#places;
    const found = await Promise.all(folders().map((cwd) => runFolders(home, cwd)));
    const all = new Set([...found.flat().map(({ dir }) => dir), ...dirs()]);
    const parents = await Promise.all(folders().map((cwd) => runsFolderOf(home, cwd)));
    const live = [...this.#entries.values()].filter((entry) => !entry.engine && entry.summary.status === 'running');
    this.#watch?.follow(
      new Set([...parents, ...[...all].map((dir) => dirname(dir)), ...live.map(({ summary }) => summary.dir)]),
    );
    return all;
  }

  #forgetOldest(): boolean {
    const surplus = this.runs().slice(MAX_RUNS);
    for (const { runId, engine } of surplus) if (!engine) this.#entries.delete(runId);
    return surplus.length > 0;
  }

  /** One reading after the other, so that no event is told twice. */
  #read(entry: Entry): Promise<void> {
    const reading = entry.reading.then(async () => {
      const { RunTail: Tail } = await import('../node/runTail.ts');
      entry.tail ??= new Tail(entry.summary.dir);
      const events = await entry.tail.read();
      entry.state ??= initialState(entry.summary.runId);
      this.#accept(entry, events);
    });
    entry.reading = reading.catch(() => undefined);
    return reading;
  }

  #accept(entry: Entry, batch: readonly Event[]): void {
    const { runId } = entry.summary;
    const state = entry.state ?? initialState(runId);
    const events = batch.filter((event) => event.seq > state.seq);
    if (events.length === 0) return;
    entry.state = fold(state, events);
    this.#changes.emit({ type: 'events', runId, events });
  }

  async #ended(entry: Entry, finished: FinishedRun | null): Promise<void> {
    const { summaryOf } = await import('../node/runReader.ts');
    const { runId, dir } = entry.summary;
    entry.listening?.dispose();
    entry.listening = null;
    entry.engine = null;
    entry.summary = (await summaryOf(dir)) ?? entry.summary;
    this.#changes.emit({ type: 'list' });
    if (finished) this.#changes.emit({ type: 'ended', runId, finished });
  }
}

function known({ summary, state, engine }: Entry): KnownRun {
  const alive = engine !== null || summary.status === 'running';
  // The end of a run is told by its last event first, and by its files a moment later.
  const status = state && (engine || summary.status === 'running') ? statusOf(state, alive) : summary.status;
  return { runId: summary.runId, summary, state, status, alive, engine };
}

function emptyEntry(summary: RunSummary | null): Entry | null {
  if (summary === null) return null;
  return {
    summary,
    state: null,
    engine: null,
    listening: null,
    tail: null,
    reading: Promise.resolve(),
    changedAt: 0,
  };
}

async function modifiedAt(dir: string): Promise<number | null> {
  return (await stat(dir).catch(() => null))?.mtimeMs ?? null;
}
