import type { Event } from '../../protocol/messages.ts';
import type { ServeAnswer, ServeRefusal, ServeRequest, ServeStatus, ServedTerms } from '../../protocol/serve.ts';
import type { Engine } from '../createEngine.ts';
import { newId } from '../ids.ts';
import type { HeldItem, HeldWork } from './heldWork.ts';
import { recordedPlace, type RecordedPlace } from './recordedPlace.ts';
import type { ServedEngines } from './servedEngines.ts';

interface ServedWorkDeps {
  readonly home: string;
  readonly engines: ServedEngines;
  readonly held: HeldWork;
  readonly status: Pick<ServeStatus, 'pid' | 'since' | 'simulated'>;
  /** A line for whoever looks at the process. */
  readonly log: (line: string) => void;
  /** Asks the process to end, after the answer. */
  readonly onStop: () => void;
}

type Request<T extends ServeRequest['type']> = Extract<ServeRequest, { readonly type: T }>;

interface Live {
  readonly kind: HeldItem['kind'];
  readonly about: string;
  readonly engine: Engine;
}

/** The runs and sessions of the serving process. */
export class ServedWork {
  readonly #deps: ServedWorkDeps;
  /** That are under way here, with what a list says of them. */
  readonly #live = new Map<string, Live>();
  #closing = false;

  constructor(deps: ServedWorkDeps) {
    this.#deps = deps;
  }

  async handle(request: ServeRequest): Promise<ServeAnswer> {
    if (this.#closing && request.type !== 'serve.status') return refused(['The serving process is ending.']);
    switch (request.type) {
      case 'serve.status': {
        const served = [...this.#live].map(([id, { kind, about }]) => ({ kind, id, about }));
        return { type: 'status', ...this.#deps.status, served };
      }
      case 'serve.stop':
        this.#deps.onStop();
        return { type: 'ending' };
      case 'serve.launch':
        return this.#launch(request);
      case 'serve.preview':
        return this.#preview(request.runId);
      case 'serve.resume':
        return this.#resume(request);
      case 'serve.open':
        return this.#open(request);
    }
  }

  /** Goes on with what an earlier process has left, and with these sessions; what cannot go on is said and let go. */
  async takeUp(sessions: readonly string[]): Promise<void> {
    const left = this.#deps.held.items;
    const others = sessions.filter((id) => !left.some((item) => item.id === id));
    const all: readonly HeldItem[] = [...left, ...others.map((id) => ({ kind: 'session', id, terms: {} }) as const)];
    // Sessions first: they hear of their runs.
    for (const item of [...all].sort((a, b) => b.kind.localeCompare(a.kind))) {
      const problem = await this.#takeUpOne(item).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ]);
      if (problem === null) continue;
      this.#deps.log(`${item.id} does not go on here: ${problem.join(' ')}`);
      await this.#deps.held.letGo(item.id);
    }
  }

  /** All is suspended so that it can go on: the next process takes it up. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#deps.engines.close();
  }

  async #takeUpOne(item: HeldItem): Promise<readonly string[] | null> {
    const place = await recordedPlace(this.#deps.home, item);
    if (place === null) return ['It is not there any more.'];
    if (!place.suspended) return ['It has ended, or another process has it.'];
    const { terms } = item;
    if (item.kind === 'session') return problemIn(await this.#openRecorded(place, terms));
    const session = item.session === undefined ? undefined : this.#live.get(item.session);
    if (item.session !== undefined && session !== undefined) {
      // As a person would: so it is told of the end.
      const command = { type: 'session.say', text: `/resume ${item.id}` } as const;
      session.engine.dispatch({ ...command, runId: item.session, commandId: newId() });
      return null;
    }
    return problemIn(await this.#resume({ type: 'serve.resume', resume: { runId: item.id }, terms }));
  }

  async #launch({ launch, terms }: Request<'serve.launch'>): Promise<ServeAnswer> {
    const engine = await this.#deps.engines.engineFor(terms, undefined, launch.model);
    const launched = await engine.launch({ ...launch, attended: true });
    if (launched.status === 'refused') return refused(launched.errors);
    const { runId, workflowName, runDir, warnings } = launched;
    await this.#keep(engine, { kind: 'run', id: runId, terms }, workflowName);
    return { type: 'started', runId, workflowName, runDir, warnings };
  }

  async #preview(runId: string): Promise<ServeAnswer> {
    const place = await recordedPlace(this.#deps.home, { kind: 'run', id: runId });
    if (place === null) return refused([`There is no run ${runId} that could go on. \`dwf runs\` lists them.`]);
    const engine = await this.#deps.engines.engineFor({}, place.modelSource, place.model);
    const preview = await engine.previewResume(runId);
    if (preview.kind === 'refused') return refused([preview.error]);
    const { kind: _kind, keeps: _keeps, staleCalls, warnings, ...rest } = preview;
    return { type: 'preview', ...rest, staleCalls, warnings };
  }

  async #resume({ resume, terms }: Request<'serve.resume'>): Promise<ServeAnswer> {
    const { runId: id } = resume;
    const place = await recordedPlace(this.#deps.home, { kind: 'run', id });
    if (place === null) return refused([`There is no run ${id} that could go on. \`dwf runs\` lists them.`]);
    const engine = await this.#deps.engines.engineFor(terms, place.modelSource, place.model);
    const launched = await engine.resume({ ...resume, attended: true });
    if (launched.status === 'refused') return refused(launched.errors);
    const { workflowName, runDir, warnings } = launched;
    await this.#keep(engine, { kind: 'run', id, terms }, workflowName);
    return { type: 'started', runId: id, workflowName, runDir, warnings };
  }

  async #open({ session, terms }: Request<'serve.open'>): Promise<ServeAnswer> {
    if (session.sessionId !== undefined) {
      const place = await recordedPlace(this.#deps.home, { kind: 'session', id: session.sessionId });
      if (place === null) return refused([`There is no session ${session.sessionId}.`]);
      return this.#openRecorded(place, terms);
    }
    const engine = await this.#deps.engines.engineFor(terms, undefined, session.model);
    return this.#opened(engine, session, terms);
  }

  async #openRecorded(place: RecordedPlace, terms: ServedTerms): Promise<ServeAnswer> {
    const { modelSource, model, id: sessionId, cwd } = place;
    const engine = await this.#deps.engines.engineFor(terms, modelSource, model);
    return this.#opened(engine, { sessionId, cwd }, terms);
  }

  async #opened(engine: Engine, session: Request<'serve.open'>['session'], terms: ServedTerms): Promise<ServeAnswer> {
    const opened = await engine.openSession({ ...session, attended: true });
    if (opened.status === 'refused') return refused(opened.errors);
    const { sessionId, dir, warnings } = opened;
    await this.#keep(engine, { kind: 'session', id: sessionId, terms }, session.cwd);
    return { type: 'opened', sessionId, dir, warnings };
  }

  async #keep(engine: Engine, item: HeldItem, about: string): Promise<void> {
    const { held, log } = this.#deps;
    const what = `${item.kind === 'run' ? 'Run' : 'Session'} ${item.id} (${about})`;
    this.#live.set(item.id, { kind: item.kind, about, engine });
    log(`${what} goes on here.`);
    // From its start: it may have asked something before this process knows of it.
    const listening = engine.subscribe(item.id, 1, (batch) => {
      for (const event of batch) {
        const asked = askedWords(event);
        if (asked !== null) log(`${what} waits for an answer: ${asked}`);
        if (event.type === 'workflow.launched') this.#follow(engine, item, event.launchedRunId, event.workflowName);
      }
    });
    void this.#over(engine, item, what).finally(() => listening.dispose());
    await held.hold(item);
  }

  /** A run that a session here has started. */
  #follow(engine: Engine, session: HeldItem, id: string, workflowName: string): void {
    const run: HeldItem = { kind: 'run', id, session: session.id, terms: session.terms };
    this.#keep(engine, run, workflowName).catch((error: unknown) => this.#deps.log(String(error)));
  }

  /** Never rejects. */
  async #over(engine: Engine, { id }: HeldItem, what: string): Promise<void> {
    const how = await engine.finished(id).then(
      ({ end }) => end.status,
      (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    this.#live.delete(id);
    this.#deps.log(`${what}: ${this.#closing ? 'suspended' : how}.`);
    if (this.#closing) return;
    await this.#deps.held.letGo(id).catch((error: unknown) => this.#deps.log(String(error)));
  }
}

function askedWords(event: Event): string | null {
  if (event.type === 'permission.asked') return `may it use ${event.tool}: ${event.summary}?`;
  return event.type === 'question.asked' ? event.question : null;
}

function problemIn(answer: ServeAnswer): readonly string[] | null {
  return answer.type === 'refused' ? answer.errors : null;
}

function refused(errors: readonly string[]): ServeRefusal {
  return { type: 'refused', errors };
}
