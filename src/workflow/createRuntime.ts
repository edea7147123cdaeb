import type { Disposable } from '../base/disposable.ts';
import type { Json } from '../protocol/json.ts';
import type { Command, Event, LaunchRequest } from '../protocol/messages.ts';
import { resolveModel } from '../protocol/models.ts';
import type { BaseCommit } from '../protocol/run.ts';
import { LiveRun } from './liveRun.ts';
import { slug } from './names.ts';
import type { RuntimeDeps } from './runContext.ts';
import type { ModelRecord, RunManifest } from './runStore.ts';
import type { FinishedRun, LaunchResult, ResumePreview, ResumeRequest, Runtime } from './runtime.ts';
import type { CheckedScript } from './script/check.ts';
import { loadScript, recheckScript } from './loadScript.ts';
import type { Refusal } from './loadScript.ts';
import { needsRepository } from './script/needsRepository.ts';
import { scriptArgs } from './scriptArgs.ts';

export interface RuntimeSettings {
  readonly defaultModel: string;
  readonly defaultConcurrency: number;
  /** Written into each run's manifest. */
  readonly modelSource: ModelRecord;
}

export function createRuntime(deps: RuntimeDeps, settings: RuntimeSettings): Runtime {
  const live = new Map<string, LiveRun>();

  const begin = (run: LiveRun, warnings: readonly string[]): LaunchResult => {
    live.set(run.runId, run);
    // A run's own failure is its end; this promise rejects only for a bug, which `finished` hands on.
    run.finish(warnings).catch(() => undefined);
    const { workflowName, scriptPath } = run.manifest;
    return { status: 'started', runId: run.runId, workflowName, scriptPath, runDir: run.dir, warnings };
  };

  return {
    async launch(request) {
      const loaded = await loadScript(deps, request);
      if (!loaded.ok) return loaded.refusal;
      const { script, path } = loaded;
      const place = await placeOf(deps, script, request.cwd);
      if (!place.ok) return place.refusal;
      const args = scriptArgs(script.meta, request.args);
      const badArgs = checkArgs(deps, script, args);
      if (badArgs) return badArgs;
      const { rules, warnings } = await deps.permissionRules(request.cwd);
      const manifest = manifestOf(deps, settings, request, script, path, args, place.base);
      const open = await deps.store.create(manifest, script.source);
      const run = new LiveRun(deps, { open, script, base: place.base, rules, attended: request.attended });
      return begin(run, [...warnings, ...script.warnings.map((warning) => warning.message)]);
    },

    async previewResume(runId): Promise<ResumePreview> {
      const opened = await openRun(deps, runId);
      if (!opened.ok) return { kind: 'refused', reason: opened.reason, error: opened.error };
      const { manifest, journal } = opened.run;
      await opened.run.close();
      const warnings = await movedHead(deps, manifest);
      return { kind: 'ready', workflowName: manifest.workflowName, finishedCalls: journal.length, warnings };
    },

    async resume(request) {
      return resume(deps, request, begin);
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
      const all = [...live.values()];
      for (const run of all) run.stop('closed', 'The program was closed.');
      await Promise.all(all.map((run) => run.finish()));
    },
  };
}

async function resume(
  deps: RuntimeDeps,
  request: ResumeRequest,
  begin: (run: LiveRun, warnings: readonly string[]) => LaunchResult,
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
    if (request.scriptPath !== undefined) await open.replaceScript(loaded.script.source, loaded.path);
    const base = place.base && manifest.baseCommit !== null ? { ...place.base, commit: manifest.baseCommit } : null;
    const warnings = await movedHead(deps, manifest);
    if (base) await deps.worktrees.sweep(manifest.cwd, manifest.runId);
    const { rules, warnings: ruleWarnings } = await deps.permissionRules(manifest.cwd);
    const run = new LiveRun(deps, { open, script: loaded.script, base, rules, attended: request.attended });
    return begin(run, [...warnings, ...ruleWarnings]);
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

type Place =
  { readonly ok: true; readonly base: BaseCommit | null } | { readonly ok: false; readonly refusal: Refusal };

/** A script that makes changes needs a repository with a commit; any other runs in any folder. */
async function placeOf(deps: RuntimeDeps, script: CheckedScript, cwd: string): Promise<Place> {
  const state = await deps.worktrees.inspect(cwd);
  if (state.kind === 'ready') return { ok: true, base: state.base };
  return needsRepository(script.body)
    ? { ok: false, refusal: refused('place', [state.message]) }
    : { ok: true, base: null };
}

async function movedHead(deps: RuntimeDeps, manifest: RunManifest): Promise<readonly string[]> {
  const state = await deps.worktrees.inspect(manifest.cwd);
  if (state.kind !== 'ready' || manifest.baseCommit === null || state.base.commit === manifest.baseCommit) return [];
  const [then, now] = [manifest.baseCommit, state.base.commit].map((commit) => commit.slice(0, 9));
  return [`HEAD has moved from ${then} to ${now} since this run began; it goes on from ${then}.`];
}

function checkArgs(deps: RuntimeDeps, script: CheckedScript, args: Json | undefined): Refusal | null {
  if (!script.meta.args) return null;
  const verdict = deps.schemaCheck.validate(script.meta.args, args ?? {});
  if (verdict.ok) return null;
  return refused(
    'request',
    verdict.errors.map((error) => `args of ${script.meta.name}: ${error}`),
  );
}

function manifestOf(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: LaunchRequest,
  script: CheckedScript,
  scriptPath: string,
  args: Json | undefined,
  base: BaseCommit | null,
): RunManifest {
  return {
    version: 1,
    runId: `${slug(script.meta.name).slice(0, 24)}-${deps.newId()}`,
    workflowName: script.meta.name,
    scriptPath,
    args: args ?? null,
    hasArgs: args !== undefined,
    cwd: request.cwd,
    baseCommit: base?.commit ?? null,
    model: resolveModel(request.model ?? settings.defaultModel),
    modelSource: settings.modelSource,
    permissionMode: request.permissionMode ?? 'default',
    concurrency: request.concurrency ?? settings.defaultConcurrency,
    budget: request.budget ?? null,
    createdAt: deps.clock.now(),
  };
}
