import type { Disposable } from '../base/disposable.ts';
import type { Json } from '../protocol/json.ts';
import type { Command, Event, LaunchRequest } from '../protocol/messages.ts';
import { SAFETY_TOKENS, type BaseCommit } from '../protocol/run.ts';
import { LiveRun } from './liveRun.ts';
import { slug } from './names.ts';
import type { RuntimeDeps } from './runContext.ts';
import { moneyProblems, resumedCaps } from './runCaps.ts';
import { PLAIN_NAMES } from './modelNames.ts';
import { readExtensions } from './runExtensions.ts';
import { RUN_VERSION, type RunManifest } from './runStore.ts';
import type { FinishedRun, LaunchResult, ResumePreview, ResumeRequest, Runtime, RuntimeSettings } from './runtime.ts';
import type { CheckedScript } from './script/check.ts';
import { launchWarnings } from './script/lint/launchWarnings.ts';
import { loadScript, recheckScript } from './loadScript.ts';
import type { Refusal } from './loadScript.ts';
import { keptBase, movedHead, placeOf, startingPlace } from './place.ts';
import { previewOf } from './previewOf.ts';
import { argsProblems, scriptArgs } from './scriptArgs.ts';
import { readKit } from './runKit.ts';
import { openSession } from './session/openSession.ts';
import { beginAnew, staleAnswers, staleStarts } from './staleAnswers.ts';

/** Ended runs whose events stay in memory for views that join late; the rest is on disk. */
const ENDED_RUNS_KEPT = 20;

export function createRuntime(deps: RuntimeDeps, settings: RuntimeSettings): Runtime {
  const live = new Map<string, LiveRun>();
  const ended: string[] = [];
  const starting = new Set<Promise<LaunchResult>>();
  let closed = false;

  const forget = (runId: string): void => {
    ended.push(runId);
    while (ended.length > ENDED_RUNS_KEPT) live.delete(ended.shift() ?? '');
  };
  const begin = (run: LiveRun, warnings: readonly string[]): LaunchResult => {
    live.set(run.runId, run);
    // A run's own failure is its end; this promise rejects only for a bug, which `finished` hands on.
    run
      .finish(warnings)
      .catch(() => undefined)
      .finally(() => forget(run.runId));
    if (closed) run.stop('closed', CLOSED);
    const { workflowName, scriptPath } = run.manifest;
    return { status: 'started', runId: run.runId, workflowName, scriptPath, runDir: run.dir, warnings };
  };
  /** So that a run that is about to begin is not left behind by `close`. */
  const counted = (launching: Promise<LaunchResult>): Promise<LaunchResult> => {
    starting.add(launching);
    return launching.finally(() => starting.delete(launching));
  };

  return {
    launch: (request) => counted(launch(deps, settings, request, begin)),
    resume: (request) => counted(resume(deps, settings, request, begin)),

    async previewResume(runId): Promise<ResumePreview> {
      const opened = await openRun(deps, runId);
      if (!opened.ok) return { kind: 'refused', reason: opened.reason, error: opened.error };
      await opened.run.close();
      return previewOf(deps, opened.run);
    },

    async openSession(request, runs) {
      const opened = await openSession(deps, settings, request, runs);
      if (opened.status === 'refused') return opened;
      const { run, warnings } = opened;
      begin(run, warnings);
      return { status: 'opened', sessionId: run.runId, dir: run.dir, warnings };
    },

    listen(sessionId, on) {
      return live.get(sessionId)?.desk?.onDelta(on) ?? { dispose: () => undefined };
    },

    async idle(sessionId, signal) {
      await live.get(sessionId)?.idle(signal);
    },

    dispatch(command: Command): void {
      live.get(command.runId)?.dispatch(command);
    },

    subscribe(runId: string, from: number, on: (batch: readonly Event[]) => void): Disposable {
      return live.get(runId)?.subscribe(from, on) ?? { dispose: () => undefined };
    },

    finished(runId: string): Promise<FinishedRun> {
      const run = live.get(runId);
      return run ? run.finish() : Promise.reject(new Error(`No run ${runId} in this process`));
    },

    async close() {
      closed = true;
      await Promise.allSettled(starting);
      const all = [...live.values()];
      for (const run of all) run.stop('closed', CLOSED);
      await Promise.allSettled(all.map((run) => run.finish()));
    },
  };
}

const CLOSED = 'The program was closed.';

type Begin = (run: LiveRun, warnings: readonly string[]) => LaunchResult;

async function launch(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: LaunchRequest & { readonly attended: boolean },
  begin: Begin,
): Promise<LaunchResult> {
  const loaded = await loadScript(deps, request);
  if (!loaded.ok) return loaded.refusal;
  const { script, path } = loaded;
  const place = await placeOf(deps, script, request.cwd);
  if (!place.ok) return place.refusal;
  const args = scriptArgs(script.meta, request.args);
  const model = (deps.names ?? PLAIN_NAMES).idOf(request.model ?? settings.defaultModel);
  const problems = [
    ...argsProblems(deps.schemaCheck, script.meta, args),
    ...moneyProblems(request.caps ?? {}, script.meta.phases, model),
  ];
  if (problems.length > 0) return refused('request', problems);
  const runId = `${slug(script.meta.name).slice(0, 24)}-${deps.newId()}`;
  const start = await startingPlace(deps, place.base, request, runId);
  if (!start.ok) return start.refusal;
  const { base } = start;
  const [permissions, folder, kit, extensions, briefing] = await Promise.all([
    deps.permissionRules(request.cwd),
    deps.worktrees.folderState(request.cwd),
    readKit(deps, request.cwd),
    readExtensions(deps, request.cwd),
    deps.briefing(request.cwd, base),
  ]);
  const { permissionMode = permissions.mode ?? 'default' } = request;
  const manifest = manifestOf(deps, settings, { ...request, permissionMode, runId }, script, path, args, base);
  const open = await deps.store.create(manifest, script.source);
  const { attended } = request;
  const run = new LiveRun(deps, {
    ...{ open, script, base, settings: permissions, kit: kit.kit, extensions, briefing, attended },
    ...{ folder, caps: manifest.caps, sweepsDead: base !== null },
    safetyTokens: safetyTokensOf(settings, request),
    requireReview: request.requireReview !== false,
  });
  const said = [permissions, kit, extensions, briefing].flatMap(({ warnings }) => warnings);
  return begin(run, [...said, ...launchWarnings(script)]);
}

/** What a simulated model uses costs nobody anything. */
function safetyTokensOf(
  settings: RuntimeSettings,
  { safetyTokens }: Pick<LaunchRequest, 'safetyTokens'>,
): number | null {
  if (settings.modelSource.kind === 'simulated') return null;
  return safetyTokens === undefined ? SAFETY_TOKENS : safetyTokens;
}

async function resume(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: ResumeRequest,
  begin: Begin,
): Promise<LaunchResult> {
  const opened = await openRun(deps, request.runId);
  if (!opened.ok) return refused(opened.reason, [opened.error]);
  const { run: open } = opened;
  try {
    const { manifest } = open;
    const loaded =
      request.scriptPath === undefined
        ? await recheckScript(deps, open.script, manifest.scriptPath)
        : await loadScript(deps, { scriptPath: request.scriptPath, cwd: manifest.cwd });
    if (!loaded.ok) return await closing(open, loaded.refusal);
    const place = await placeOf(deps, loaded.script, manifest.cwd);
    if (!place.ok) return await closing(open, place.refusal);
    const { meta } = loaded.script;
    const caps = resumedCaps(open.spent.caps ?? manifest.caps, request.caps);
    const problems = [
      ...argsProblems(deps.schemaCheck, meta, manifest.hasArgs ? manifest.args : undefined),
      ...moneyProblems(caps, meta.phases, manifest.model, open.spent),
    ];
    if (problems.length > 0) return await closing(open, refused('request', problems));
    if (request.scriptPath !== undefined) await open.replaceScript(loaded.script.source, loaded.path);
    const requireReview = request.requireReview ?? manifest.requireReview ?? true;
    if (requireReview !== (manifest.requireReview ?? true)) await open.keepReviewRule(requireReview);
    const base = keptBase(place.base, manifest);
    const moved = await movedHead(deps, manifest);
    const rescued = base ? await deps.worktrees.sweep(manifest.cwd, manifest.runId) : [];
    const kept = rescued.map((where) => `What an interrupted agent had not committed is kept: ${where}`);
    const [permissions, folder, kit, extensions, briefing] = await Promise.all([
      deps.permissionRules(manifest.cwd),
      deps.worktrees.folderState(manifest.cwd),
      readKit(deps, manifest.cwd),
      readExtensions(deps, manifest.cwd),
      deps.briefing(manifest.cwd, base),
    ]);
    if (request.rerunStale === true) {
      await open.dropAnswers(staleAnswers(open, folder).map(({ key }) => key));
      beginAnew(open, await staleStarts(open, folder));
    }
    const { attended } = request;
    const safetyTokens = safetyTokensOf(settings, request);
    const run = new LiveRun(deps, {
      ...{ open, script: loaded.script, base, settings: permissions, kit: kit.kit, extensions, briefing, attended },
      ...{ folder, caps, safetyTokens, requireReview },
    });
    const said = [permissions, kit, extensions, briefing].flatMap(({ warnings }) => warnings);
    return begin(run, [...moved, ...kept, ...said]);
  } catch (error) {
    await open.close();
    throw error;
  }
}

async function closing(open: { close(): Promise<void> }, refusal: Refusal): Promise<Refusal> {
  await open.close();
  return refusal;
}

function refused(reason: Refusal['reason'], errors: readonly string[]): Refusal {
  return { status: 'refused', reason, errors };
}

async function openRun(deps: RuntimeDeps, runId: string) {
  const opened = await deps.store.open(runId);
  switch (opened.kind) {
    case 'opened':
      return { ok: true, run: opened.run } as const;
    case 'unknown':
      return {
        ok: false,
        reason: 'unknown',
        error: `There is no run ${runId}: nothing to resume. \`dwf runs\` lists them.`,
      } as const;
    case 'running':
      return {
        ok: false,
        reason: 'busy',
        error: `Run ${runId} is still running, in process ${opened.pid}. Stop it first.`,
      } as const;
    case 'unreadable':
      return { ok: false, reason: 'unknown', error: opened.message } as const;
  }
}

function manifestOf(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: LaunchRequest & { readonly runId: string },
  script: CheckedScript,
  scriptPath: string,
  args: Json | undefined,
  base: BaseCommit | null,
): RunManifest {
  return {
    version: RUN_VERSION,
    runId: request.runId,
    workflowName: script.meta.name,
    scriptPath,
    args: args ?? null,
    hasArgs: args !== undefined,
    cwd: request.cwd,
    baseCommit: base?.commit ?? null,
    ...(base ? { base } : {}),
    ...(request.worktree ? { worktree: request.worktree } : {}),
    model: (deps.names ?? PLAIN_NAMES).idOf(request.model ?? settings.defaultModel),
    modelSource: settings.modelSource,
    permissionMode: request.permissionMode ?? 'default',
    ...(request.requireReview === undefined ? {} : { requireReview: request.requireReview }),
    concurrency: request.concurrency ?? 'elastic',
    caps: request.caps ?? {},
    createdAt: deps.clock.now(),
  };
}
