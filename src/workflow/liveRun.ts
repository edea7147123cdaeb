import type { Disposable } from '../base/disposable.ts';
import type { PermissionRules } from '../engine/permission.ts';
import type { Command, Event } from '../protocol/messages.ts';
import type { BaseCommit, StopReason } from '../protocol/run.ts';
import { AgentIds } from './agentCap.ts';
import { LiveAgents } from './agentLife.ts';
import { Budget } from './budget.ts';
import { DataFlow } from './dataFlow.ts';
import { execute } from './execute.ts';
import { Inbox } from './inbox.ts';
import { Journal } from './journal.ts';
import { MergeQueue } from './mergeQueue.ts';
import { obey } from './obey.ts';
import { Pause } from './pause.ts';
import { Pool } from './pool.ts';
import { Recorder } from './recorder.ts';
import type { Halt, RunContext, RuntimeDeps } from './runContext.ts';
import type { FinishedRun } from './runtime.ts';
import type { OpenRun, RunManifest } from './runStore.ts';
import type { CheckedScript } from './script/check.ts';

interface LiveRunStart {
  readonly open: OpenRun;
  readonly script: CheckedScript;
  readonly base: BaseCommit | null;
  readonly rules: PermissionRules;
  readonly attended: boolean;
  /** Output tokens over all attempts; null without a cap. */
  readonly budget: number | null;
}

/** A run of this process: its state while it lives, and the doors to it. */
export class LiveRun {
  readonly #start: LiveRunStart;
  readonly #context: RunContext;
  readonly #abort = new AbortController();
  #finished: Promise<FinishedRun> | undefined;
  #halted: Halt | null = null;

  constructor(deps: RuntimeDeps, start: LiveRunStart) {
    this.#start = start;
    this.#context = this.#contextOf(deps, start);
  }

  get runId(): string {
    return this.manifest.runId;
  }
  get manifest(): RunManifest {
    return this.#start.open.manifest;
  }
  get dir(): string {
    return this.#start.open.dir;
  }

  /** Begins the run; resolves when it has ended and its files are closed. The same promise however often it is called. */
  finish(warnings: readonly string[] = []): Promise<FinishedRun> {
    this.#finished ??= this.#run(warnings);
    return this.#finished;
  }

  subscribe(from: number, on: (batch: readonly Event[]) => void): Disposable {
    return this.#context.recorder.subscribe(from, on);
  }

  dispatch(command: Command): void {
    if (this.#context.signal.aborted) return;
    const error = obey(this.#context, command);
    if (error !== null) this.#context.recorder.emit({ type: 'refused', commandId: command.commandId, error });
  }

  /** Does nothing when the run is ending already. */
  stop(reason: StopReason, message: string): void {
    this.#context.halt({ kind: 'stopped', reason, message });
  }

  async #run(warnings: readonly string[]): Promise<FinishedRun> {
    const { open, script } = this.#start;
    const { recorder, deps } = this.#context;
    this.#announce(warnings);
    try {
      const args = this.manifest.hasArgs ? this.manifest.args : undefined;
      const end = await execute(
        this.#context,
        script,
        args,
        () => this.#halted,
        () => this.#abort.abort(),
      );
      const usage = recorder.usage();
      recorder.emit({ type: 'run.ended', end, usage });
      await open.finish({ end, usage, endedAt: deps.clock.now() });
      return { end, usage };
    } finally {
      this.#abort.abort();
      await open.close();
    }
  }

  #announce(warnings: readonly string[]): void {
    const { recorder } = this.#context;
    const { meta } = this.#start.script;
    const { workflowName, scriptPath, cwd, model, permissionMode, concurrency } = this.manifest;
    recorder.emit({
      type: 'run.started',
      workflowName,
      description: meta.description,
      phases: meta.phases.map(({ title, detail }) => (detail === undefined ? { title } : { title, detail })),
      scriptPath,
      cwd,
      base: this.#start.base,
      model,
      permissionMode,
      concurrency,
      budget: this.#start.budget,
      attempt: this.#start.open.attempts + 1,
    });
    for (const message of warnings) recorder.emit({ type: 'logged', level: 'warning', message });
  }

  #contextOf(deps: RuntimeDeps, { open, base, rules, attended, budget }: LiveRunStart): RunContext {
    const { manifest } = open;
    const recorder = new Recorder({
      runId: manifest.runId,
      lastSeq: open.lastSeq,
      now: () => deps.clock.now(),
      append: (events) => open.appendEvents(events),
    });
    const agentIds = new AgentIds(open.attempts + 1);
    const warned = new Set<string>();
    let places = 0;
    const pool = new Pool(manifest.concurrency);
    return {
      deps,
      open,
      runId: manifest.runId,
      cwd: manifest.cwd,
      base,
      model: manifest.model,
      rules,
      recorder,
      journal: new Journal(open.journal, deps.sha256),
      pool,
      budget: new Budget(budget, () => pool.running + pool.waiting, open.spentTokens),
      inbox: new Inbox({ recorder, clock: deps.clock, newId: deps.newId, attended }),
      dataFlow: new DataFlow([this.#start.script.source, ...(manifest.hasArgs ? [JSON.stringify(manifest.args)] : [])]),
      agents: new LiveAgents(),
      pause: new Pause({
        clock: deps.clock,
        emit: (event) => recorder.emit(event),
        onChange: () => undefined,
        signal: this.#abort.signal,
      }),
      mergeQueue: new MergeQueue(),
      changes: new Map(),
      failures: [],
      finished: [],
      signal: this.#abort.signal,
      landed: new Set(),
      nextAgentId: () => agentIds.next(),
      newPlace: (purpose) => `${purpose}-${open.attempts + 1}.${(places += 1)}`,
      warnOnce: (key, message) => {
        if (warned.has(key)) return;
        warned.add(key);
        recorder.emit({ type: 'logged', level: 'warning', message });
      },
      halt: (why) => {
        this.#halted ??= why;
        this.#abort.abort(why.message);
      },
    };
  }
}
