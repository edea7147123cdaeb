import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { Engine } from '../../node/createEngine.ts';
import { readManifest } from '../../node/runFiles.ts';
import type { ModelSource } from '../../node/modelRecord.ts';
import { heirOf, openElsewhere, type OpenElsewhere } from '../../node/sessionElsewhere.ts';
import { RunTail } from '../../node/runTail.ts';
import { closedSession, endsReply, foldSession, initialSession, type SessionState } from '../../projection/session.ts';
import type { Command, Event } from '../../protocol/messages.ts';
import type { Reply } from '../../protocol/wire.ts';
import type { SessionRequest } from '../../workflow/runtime.ts';
import { chooseFolder } from '../chooseFolder.ts';
import type { Launching } from '../launching.ts';
import { permissionModeFor } from '../ownPermissions.ts';
import { runChoices, settings } from '../settings.ts';
import { liveElsewhere, liveHere, type LiveSession, type SessionEar } from './liveSession.ts';
import { SessionMemory, type RememberedSession } from './sessionMemory.ts';
import { sessionRuns, type SessionRuns } from './sessionRuns.ts';

export type SessionChange =
  /** It is another session now. */
  | { readonly type: 'another' }
  /** In order and without gaps among themselves. */
  | { readonly type: 'events'; readonly events: readonly Event[] }
  /** A piece of the reply under way. */
  | { readonly type: 'delta'; readonly text: string }
  /** Another process has it now, or has it no more. */
  | { readonly type: 'elsewhere' };

/** What is said to the session, without its address. */
type Said = Command extends infer C ? (C extends unknown ? Omit<C, 'commandId' | 'runId'> : never) : never;

/** Where a session is opened, and with what. */
type Place = Omit<SessionRequest, 'attended'> & { readonly source: ModelSource };

/**
 * The one session of this window: shown from its log at once, opened as soon as something is said to it. One that
 * another process has stays there, and is talked with.
 */
export class OwnSession implements Disposable {
  readonly #deps: Launching;
  readonly #memory: SessionMemory;
  readonly #changes = new Emitter<SessionChange>();
  #state: SessionState = initialSession('');
  #streamed = '';
  /** Where it is kept; null: nothing was said yet. */
  #kept: RememberedSession | null = null;
  #live: LiveSession | null = null;
  /** Of its log, whoever writes it. */
  #tail: RunTail | null = null;
  /** Raised when another session takes the place: what was meant for the one before is not said to it. */
  #generation = 0;
  /** It is to be open here as soon as no other process has it, although nothing is said to it. */
  #held = false;
  /** The end of the step under way: opening, closing and showing come one after the other. */
  #step: Promise<unknown> = Promise.resolve();

  constructor(deps: Launching, memory: vscode.Memento) {
    this.#deps = deps;
    this.#memory = new SessionMemory(memory);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Of the reply under way. */
  get streamed(): string {
    return this.#streamed;
  }

  /** Its folder among the sessions; null before anything was said. */
  get dir(): string | null {
    return this.#kept?.dir ?? null;
  }

  /** The other process that has it; null: none has. */
  get elsewhere(): number | null {
    return this.#live?.pid ?? null;
  }

  on(listener: (change: SessionChange) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** After a reload: the session of before it. One that repeats something goes on at once. */
  async restore(): Promise<void> {
    const remembered = this.#memory.get();
    if (remembered === null || this.#kept !== null) return;
    // Somebody may have deleted it.
    if ((await readManifest(remembered.dir)).kind === 'missing') return this.#memory.set(null);
    await this.show(remembered);
    if (this.#state.loops.length > 0) this.#hold();
  }

  /** Runs that go on again: when one of them is the session's, it is opened, so that it hears how that ends. */
  async tookUp(runIds: readonly string[]): Promise<void> {
    await this.restore();
    const isOwn = this.#state.runs.some(({ runId, status }) => status === 'running' && runIds.includes(runId));
    if (isOwn) this.#hold();
  }

  /** Another one takes its place; null: a new one. What the one before had under way is interrupted; its runs go on. */
  show(session: RememberedSession | null): Promise<void> {
    return this.#next(async () => {
      if (session !== null && session.sessionId === this.#kept?.sessionId) return;
      const tail = session && new RunTail(session.dir);
      const events = tail === null ? [] : await eventsOf(tail);
      if (events === null) return;
      await this.#close();
      this.#generation += 1;
      this.#kept = session;
      this.#tail = tail;
      this.#state = foldSession(initialSession(session?.sessionId ?? ''), events);
      this.#streamed = '';
      this.#held = false;
      await this.#memory.set(session);
      const there = session && (await openElsewhere(session));
      if (there === null) this.#state = closedSession(this.#state);
      this.#changes.emit({ type: 'another' });
      if (there !== null) this.#attach(there);
    });
  }

  /** One that nobody had may be open in a terminal by now, or have been meanwhile: what was said there is shown. */
  look(): Promise<void> {
    return this.#next(async () => {
      const kept = this.#kept;
      if (kept === null || this.#live !== null) return;
      const there = await openElsewhere(kept);
      if (there !== null) {
        this.#attach(there);
        return;
      }
      const events = await (this.#tail ??= new RunTail(kept.dir)).read();
      if (!events.some(({ seq }) => seq > this.#state.seq)) return;
      this.#accept(null, events);
      this.#state = closedSession(this.#state);
      this.#changes.emit({ type: 'another' });
    });
  }

  /** False: it was not said, and the person knows why. `plain`: as in `session.say`; the setting may make it so. */
  async say(text: string, plain: boolean): Promise<boolean> {
    const generation = this.#generation;
    // One that is being closed takes nothing more.
    await this.#step;
    const live = generation === this.#generation ? (this.#live ?? (await this.#opened())) : null;
    if (live === null) return false;
    const asks = plain || !settings().workflowKeyword ? { plain: true as const } : {};
    return this.#send(live, { type: 'session.say', text, ...asks });
  }

  interrupt(): void {
    if (this.#live) void this.#send(this.#live, { type: 'session.interrupt' });
  }

  answer(reply: Reply): void {
    if (this.#live) void this.#send(this.#live, reply);
  }

  dispose(): void {
    this.#live?.dispose();
  }

  /** False: it did not get there, and the person knows why. */
  async #send(live: LiveSession, said: Said): Promise<boolean> {
    const problem = await live.send({ ...said, commandId: randomUUID(), runId: this.#state.sessionId });
    if (problem !== null) void vscode.window.showErrorMessage(problem);
    return problem === null;
  }

  /** Opens it although nothing is said: now, or once the process that has it has it no more. */
  #hold(): void {
    this.#held = true;
    if (this.#live === null) this.#opened().catch(tell);
  }

  /** Talks with it where it is. */
  #attach(there: OpenElsewhere): void {
    const live = liveElsewhere(there, this.#ear(null));
    this.#live = live;
    void live.over.then((why) => {
      if (this.#live !== live) return;
      this.#over();
      this.#goOn(there, why).catch(tell);
    });
    this.#changes.emit({ type: 'elsewhere' });
  }

  /** Another process had it. It may still be closing it, or hand it to a third one. */
  async #goOn(there: OpenElsewhere, why: string): Promise<void> {
    const heir = await heirOf(there);
    await this.#next(() => {
      if (this.#live !== null || this.#kept?.sessionId !== there.sessionId) return Promise.resolve();
      if (heir !== null) this.#attach(heir);
      else if (this.#held) this.#opened().catch(tell);
      else {
        // What it had under way ended with it, although its log may not say so.
        this.#state = closedSession(this.#state);
        this.#changes.emit({ type: 'another' });
        void vscode.window.showInformationMessage(`${why} It goes on here with what you say next.`);
      }
      return Promise.resolve();
    });
  }

  /** What it takes is asked for first: a person who does not answer that holds up no other step. */
  async #opened(): Promise<LiveSession | null> {
    const [kept, generation] = [this.#kept, this.#generation];
    const there = kept && (await openElsewhere(kept));
    const place = there === null ? await this.#place(kept) : null;
    if (there === null && place === null) return null;
    return this.#next(async () => {
      // Another session may have taken the place meanwhile, or somebody else opened this one.
      if (generation !== this.#generation) return null;
      if (this.#live === null && there !== null) this.#attach(there);
      if (this.#live === null && place !== null) this.#live = await this.#open(place);
      return this.#live;
    });
  }

  async #open({ source, ...request }: Place): Promise<LiveSession | null> {
    const { engines } = this.#deps;
    const engine = await engines.engineFor(source);
    const runs = sessionRuns({ engineFor: (from) => engines.engineFor(from), choices: runChoices }, source);
    const opened = await engine.openSession({ ...request, attended: true }, runs);
    if (opened.status === 'refused') {
      void vscode.window.showErrorMessage(opened.errors.join(' '));
      return null;
    }
    // What it warns of stands in its log, and so in what is shown.
    const { sessionId, dir } = opened;
    const isNew = this.#kept === null;
    this.#kept = { sessionId, dir };
    if (isNew) [this.#state, this.#tail] = [initialSession(sessionId), null];
    await this.#memory.set(this.#kept);
    if (isNew) this.#changes.emit({ type: 'another' });
    return liveHere(engine, sessionId, this.#ear(runs));
  }

  /** A new one is as the settings say now, one that goes on as it was; null: there is no model or no folder. */
  async #place(kept: RememberedSession | null): Promise<Place | null> {
    const { models } = this.#deps;
    if (kept === null) {
      const cwd = await chooseFolder();
      const source = cwd === null ? null : await models.source();
      if (cwd === null || source === null) return null;
      return { source, cwd, model: settings().model, permissionMode: await permissionModeFor(cwd) };
    }
    const { sessionId, dir } = kept;
    const read = await readManifest(dir);
    if (read.kind !== 'read') {
      const why = read.kind === 'unreadable' ? read.message : 'Its files are gone.';
      void vscode.window.showErrorMessage(`The session cannot be opened. ${why}`);
      return null;
    }
    const source = await models.sourceOf(read.manifest.modelSource);
    return source && { source, cwd: read.manifest.cwd, sessionId };
  }

  /** `runs` null: they are not this window's. */
  #ear(runs: SessionRuns | null): SessionEar {
    return {
      from: this.#state.seq + 1,
      events: (batch) => this.#accept(runs, batch),
      delta: (text) => {
        this.#streamed += text;
        this.#changes.emit({ type: 'delta', text });
      },
    };
  }

  #accept(runs: SessionRuns | null, batch: readonly Event[]): void {
    const events = batch.filter(({ seq }) => seq > this.#state.seq);
    if (events.length === 0) return;
    this.#state = foldSession(this.#state, events);
    if (events.some(endsReply)) this.#streamed = '';
    for (const event of events) {
      if (event.type === 'workflow.launched') void this.#adopt(runs?.engineOf(event.launchedRunId), event);
      if (event.type === 'run.ended' && runs !== null) this.#over();
    }
    this.#changes.emit({ type: 'events', events });
  }

  /** The runs of the session are this window's, in its list like all others. */
  async #adopt(
    engine: Engine | undefined,
    { launchedRunId: runId, runDir: dir }: Extract<Event, { type: 'workflow.launched' }>,
  ) {
    const { started, hub } = this.#deps;
    // It began in an earlier life of the session: whoever has it now has it in their list.
    if (engine === undefined) return;
    try {
      await started.remember({ runId, dir });
      await hub.adopt(engine, runId, dir);
    } catch (error) {
      tell(error);
    }
  }

  async #close(): Promise<void> {
    await this.#live?.close();
    this.#over();
  }

  #over(): void {
    const live = this.#live;
    this.#live = null;
    live?.dispose();
    if (live !== null && live.pid !== null) this.#changes.emit({ type: 'elsewhere' });
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#step.then(step);
    this.#step = next.catch(() => undefined);
    return next;
  }
}

/** What its log says so far; null when that cannot be read, which the person has then been told. */
async function eventsOf(tail: RunTail): Promise<readonly Event[] | null> {
  try {
    return await tail.read();
  } catch (error) {
    tell(error);
    return null;
  }
}

function tell(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}
