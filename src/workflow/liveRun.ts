import type { Disposable } from '../base/disposable.ts';
import type { Command, Event } from '../protocol/messages.ts';
import type { BaseCommit, RunCaps, StopReason } from '../protocol/run.ts';
import { AgentIds } from './agentIds.ts';
import { LiveAgents } from './agentLife.ts';
import type { Briefing } from './briefing.ts';
import { DataFlow } from './dataFlow.ts';
import { elastic } from './elastic.ts';
import { execute } from './execute.ts';
import { Failures } from './failures.ts';
import { sessionEnd } from './session/sessionEnd.ts';
import { Desk } from './session/desk.ts';
import { folderLeft } from './folderLeft.ts';
import { LifecycleHooks } from './hooks/lifecycleHooks.ts';
import { Inbox } from './inbox.ts';
import { Journal } from './journal.ts';
import { mergeQueueOf } from './landing.ts';
import { PathOverlaps } from './landing/pathOverlaps.ts';
import { PathTurns } from './landing/pathTurns.ts';
import { obey, tellChange } from './obey.ts';
import { Pause } from './pause.ts';
import { runPermissions, type PermissionSettings } from './permissions.ts';
import { Pool } from './pool.ts';
import { PoolSize, sizeOf } from './poolSize.ts';
import { Recorder } from './recorder.ts';
import { Refusals } from './refusals.ts';
import type { Halt, RunContext, RuntimeDeps } from './runContext.ts';
import { mcpOf, runHooksOf, type RunExtensions } from './runExtensions.ts';
import { phaseCaps, runLedger } from './runLedger.ts';
import type { FinishedRun } from './runtime.ts';
import type { RunKit } from './runKit.ts';
import type { OpenRun, RunManifest } from './runStore.ts';
import type { CheckedScript } from './script/check.ts';
import type { Spent } from './spending.ts';

interface LiveRunStart {
  readonly open: OpenRun;
  readonly script: CheckedScript;
  readonly base: BaseCommit | null;
  readonly settings: PermissionSettings;
  readonly kit: RunKit;
  readonly extensions: RunExtensions;
  readonly briefing: Briefing;
  readonly attended: boolean;
  /** See `Worktrees.folderState`. */
  readonly folder: string | null;
  /** Over all attempts. */
  readonly caps: RunCaps;
  /** Output tokens that this attempt may use without caps in tokens or money; null: any number. */
  readonly safetyTokens: number | null;
  /** Of a session: what goes on in the place of a script. It ends by the run's signal, or by a fault. */
  readonly session?: (run: RunContext) => Promise<never>;
  readonly requireReview: boolean;
  /** What dead runs have left in its repository goes while it runs. */
  readonly sweepsDead?: boolean;
}

interface Living {
  readonly start: LiveRunStart;
  readonly context: RunContext;
  readonly lifecycle: LifecycleHooks;
}

const ENDING = 'The run is ending.';

/** A run of this process: its state while it lives, and the doors to it. */
export class LiveRun {
  readonly #open: OpenRun;
  readonly #recorder: Recorder;
  /** Null once it has ended: runs that are looked at later hold nothing but what they have said. */
  #living: Living | null;
  readonly #abort = new AbortController();
  #finished: Promise<FinishedRun> | undefined;
  #halted: Halt | null = null;
  #over = false;
  /** Warnings that came when the run's files were closed to them. */
  #late: string[] | null = null;

  constructor(deps: RuntimeDeps, start: LiveRunStart) {
    const { open } = start;
    this.#open = open;
    this.#recorder = new Recorder({
      runId: open.manifest.runId,
      lastSeq: open.lastSeq,
      now: () => deps.clock.now(),
      append: (events) => open.appendEvents(events),
      past: (from) => open.readEvents(from),
    });
    const context = this.#contextOf(deps, start);
    const { hooks, recorder } = context;
    const { lastSeq, attempts, dir } = open;
    const lifecycle = new LifecycleHooks({ hooks, recorder, clock: deps.clock, lastSeq, attempts, dir });
    this.#living = { start, context, lifecycle };
  }

  get runId(): string {
    return this.manifest.runId;
  }
  get manifest(): RunManifest {
    return this.#open.manifest;
  }
  get dir(): string {
    return this.#open.dir;
  }

  /** Begins the run; resolves when it has ended and its files are closed. The same promise however often it is called. */
  finish(warnings: readonly string[] = []): Promise<FinishedRun> {
    this.#finished ??= this.#living ? this.#run(this.#living, warnings) : Promise.reject(new Error('It has ended.'));
    return this.#finished;
  }

  subscribe(from: number, on: (batch: readonly Event[]) => void): Disposable {
    return this.#recorder.subscribe(from, on);
  }

  /** To a run that has ended it does nothing. */
  dispatch(command: Command): void {
    if (this.#living === null) return;
    const { context } = this.#living;
    const error = this.#over || context.signal.aborted ? ENDING : obey(context, command);
    if (error !== null) this.#recorder.emit({ type: 'refused', commandId: command.commandId, error });
  }

  /** Of a session that lives. */
  get desk(): Desk | undefined {
    return this.#living?.context.desk;
  }

  /** Of a session: as `Runtime.idle`. */
  async idle(signal: AbortSignal): Promise<void> {
    const { desk, signal: ending } = this.#living?.context ?? {};
    if (!desk || !ending) return;
    await Promise.race([desk.idle(signal), this.finish()]);
    // What it had under way may be over before it is.
    if (ending.aborted) await this.finish();
  }

  /** Does nothing when the run is ending already. */
  stop(reason: StopReason, message: string): void {
    this.#living?.context.halt({ kind: 'stopped', reason, message });
    if (reason === 'closed') this.#living?.lifecycle.hurry();
  }

  async #run({ start, context, lifecycle }: Living, warnings: readonly string[]): Promise<FinishedRun> {
    const { open, script, session } = start;
    const { recorder, deps, ledger, poolSize } = context;
    this.#announce(start, context, warnings);
    const swept = start.sweepsDead ? this.#sweepDead(context) : undefined;
    try {
      ledger.start();
      await lifecycle.started(context.signal);
      const args = this.manifest.hasArgs ? this.manifest.args : undefined;
      const end = session
        ? await sessionEnd(session(context), () => this.#halted)
        : await execute(
            context,
            script,
            args,
            () => this.#halted,
            () => this.#abort.abort(),
          );
      await lifecycle.settle();
      // Its words are for this run's log; who has stopped the run does not wait for it.
      if (this.#halted === null) await swept;
      this.#over = true;
      // What may still say something by itself: an event behind its end would open the run again.
      ledger.dispose();
      poolSize.dispose();
      const [usage, census] = [recorder.usage(), recorder.census.census()];
      const folder = start.folder === null ? null : await folderLeft(deps, this.manifest.cwd);
      recorder.emit({ type: 'run.ended', end, usage, census, folder });
      const { outputTokens, usd } = ledger.spent;
      await open.finish({ end, usage, census, spent: { outputTokens, usd }, endedAt: deps.clock.now() });
      // A run that has ended takes no more events.
      const late: string[] = (this.#late = []);
      await lifecycle.ended(end, usage);
      const finished = { end, usage, census, spent: spentSince(open.spent, { outputTokens, usd }) };
      return late.length === 0 ? finished : { ...finished, warnings: late };
    } finally {
      this.#over = true;
      this.#abort.abort();
      lifecycle.dispose();
      await context.mcp?.close();
      ledger.dispose();
      poolSize.dispose();
      this.#living = null;
      await open.close();
    }
  }

  async #sweepDead(run: RunContext): Promise<void> {
    for (const line of (await run.deps.sweepDead?.(run.cwd)) ?? []) if (!this.#over) run.warnOnce(line, line);
  }

  #announce(start: LiveRunStart, { recorder, pool, deps }: RunContext, warnings: readonly string[]): void {
    const { meta } = start.script;
    const { workflowName, scriptPath, cwd, model, permissionMode } = this.manifest;
    recorder.emit({
      type: 'run.started',
      workflowName,
      description: meta.description,
      phases: meta.phases.map(({ title, detail }) => (detail === undefined ? { title } : { title, detail })),
      scriptPath,
      cwd,
      base: start.base,
      model,
      permissionMode,
      concurrency: pool.size,
      caps: start.caps,
      attempt: start.open.attempts + 1,
      scriptHash: deps.sha256(start.script.source),
      folder: start.folder,
    });
    for (const message of warnings) recorder.emit({ type: 'logged', level: 'warning', message });
  }

  #contextOf(deps: RuntimeDeps, start: LiveRunStart): RunContext {
    const { open, base, settings, kit, attended, extensions, briefing } = start;
    const { manifest } = open;
    const recorder = this.#recorder;
    const { permissions, allow } = runPermissions(settings);
    const { keepRules } = deps;
    const agentIds = new AgentIds(open.attempts + 1);
    const warned = new Set<string>();
    const warnOnce = (key: string, message: string): void => {
      if (warned.has(key)) return;
      warned.add(key);
      if (this.#late) this.#late.push(message);
      else recorder.emit({ type: 'logged', level: 'warning', message });
    };
    let places = 0;
    const concurrency = open.concurrency ?? manifest.concurrency;
    const pool = new Pool(sizeOf(concurrency));
    const pause = new Pause({
      clock: deps.clock,
      emit: (event) => recorder.emit(event),
      onChange: (paused) => (paused ? pool.pause() : pool.resume()),
      signal: this.#abort.signal,
    });
    const halt = (why: Halt): void => {
      this.#halted ??= why;
      this.#abort.abort(why.message);
    };
    const ledger = runLedger(
      { clock: deps.clock, pool, pause, recorder, attended, halt },
      {
        caps: start.caps,
        phaseCaps: phaseCaps(start.script.meta.phases),
        before: open.spent,
        safetyTokens: start.safetyTokens,
      },
    );
    const context: RunContext = {
      deps,
      open,
      runId: manifest.runId,
      cwd: manifest.cwd,
      base,
      model: manifest.model,
      permissions,
      kit,
      briefing,
      recorder,
      journal: new Journal(open.journal, deps.sha256, open.unfinished.keys()),
      pool,
      ledger,
      poolSize: new PoolSize(pool, concurrency, () => elasticRun(deps, { pool, ledger, recorder })),
      inbox: new Inbox({
        ...{ recorder, runTime: pause.runTime, newId: deps.newId, attended, allow },
        timeoutMs: settings.askTimeoutMs,
        keepRules: keepRules && ((rules) => keepRules(manifest.cwd, rules)),
      }),
      dataFlow: new DataFlow([start.script.source, ...(manifest.hasArgs ? [JSON.stringify(manifest.args)] : [])]),
      agents: new LiveAgents(),
      pause,
      ...(start.session ? { desk: new Desk({ newId: deps.newId, emit: (event) => recorder.emit(event) }) } : {}),
      mergeQueue: mergeQueueOf(() => context),
      overlaps: new PathOverlaps((overlap) => recorder.emit({ type: 'paths.overlapped', ...overlap })),
      resolving: new PathTurns(),
      requireReview: start.requireReview,
      changes: new Map(),
      failures: new Failures(),
      refusals: new Refusals(),
      finished: [],
      signal: this.#abort.signal,
      landed: new Set(),
      nextAgentId: () => agentIds.next(),
      newPlace: (purpose) => `${purpose}-${open.attempts + 1}.${(places += 1)}`,
      warnOnce,
      hooks: runHooksOf(deps, extensions, manifest, open.dir, warnOnce),
      mcp: mcpOf(extensions, warnOnce),
      halt,
    };
    return context;
  }
}

/** What cannot be counted before cannot be told from what came since. */
function spentSince(before: Spent, { outputTokens, usd }: Spent): Spent {
  return {
    outputTokens: outputTokens - before.outputTokens,
    usd: usd === null || before.usd === null ? null : usd - before.usd,
  };
}

function elasticRun({ pressure }: RuntimeDeps, run: Pick<RunContext, 'pool' | 'ledger' | 'recorder'>): Disposable {
  return elastic(run.pool, pressure, (size, why) => {
    const message = `The machine ${why ?? ''}: at most ${size} agents at once until that is over.`;
    if (why !== null) run.recorder.emit({ type: 'logged', level: 'warning', message });
    tellChange(run);
  });
}
