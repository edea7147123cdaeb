import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { decide } from '../engine/decide.ts';
import { mayShow } from '../engine/mayShow.ts';
import type { Model } from '../engine/model.ts';
import type { PermissionPolicy } from '../engine/permission.ts';
import type { CommandPlace } from '../workflow/commands.ts';
import { firstAhead } from '../workflow/firstAhead.ts';
import { createLimiter } from '../workflow/limiter.ts';
import { createRuntime } from '../workflow/createRuntime.ts';
import type { RuntimeDeps } from '../workflow/runContext.ts';
import type { Runtime, SessionRequest, SessionResult, WorkflowRuns } from '../workflow/runtime.ts';
import type { RunOutlook } from '../workflow/session/outlook.ts';
import { loadAnthropicClient } from './anthropicModel.ts';
import { createBriefing } from './briefing/readBriefing.ts';
import { systemClock } from './clock.ts';
import { killLeftoverCommands } from './commandRecords.ts';
import type { CommitSettings } from './commits/commitSettings.ts';
import { createCommitter } from './commits/committer.ts';
import { controlledRuntime } from './controlledRuntime.ts';
import { fileDefinitions } from './definitionFiles.ts';
import { createEngineCommons, type EngineCommons } from './engineCommons.ts';
import { createFileLocks } from './fileLock.ts';
import { applyDeps } from './apply/applyDeps.ts';
import { createDeadRuns } from './apply/deadRuns.ts';
import { createCheckpoints } from './apply/checkpoints.ts';
import { createGate } from './gate.ts';
import { createGit } from './git.ts';
import { createMergeRepository } from './gitMerge.ts';
import { createGitWorktrees } from './gitWorktrees.ts';
import { createHookCommands } from './hooks/hookCommands.ts';
import { readHookSettings } from './hooks/hookSettings.ts';
import { withoutOwnPrograms } from './ownPrograms.ts';
import { newId, random, sha256 } from './ids.ts';
import { fileLibrary, type LibraryFolders } from './library.ts';
import type { ModelSource } from './modelRecord.ts';
import { modelRecord } from './modelRecord.ts';
import { keepPermissionRules } from './keepPermissionRules.ts';
import { readPermissionSettings, type OwnPermissions } from './permissionSettings.ts';
import { openProviders, simulatedProvider } from './modelProviders.ts';
import { createPdfText } from './pdf/pdfText.ts';
import { createMcpSource } from './mcp/mcpServers.ts';
import { createRunOutlook } from './runOutlook.ts';
import { fileRunStore } from './runStore.ts';
import { createQuickJsSandbox } from './sandbox/quickJsSandbox.ts';
import { createPortRanges } from './ready/portRanges.ts';
import { readyWorktrees } from './ready/readyWorktrees.ts';
import { createWorktreeVariables } from './ready/worktreeVariables.ts';
import { createSchemaCheck } from './schemaCheck.ts';
import { createCommands } from './shell.ts';
import { createShellSandbox, temporaryFolder } from './shellSandbox/createShellSandbox.ts';
import { DEFAULT_SANDBOX, type SandboxSettings } from './shellSandbox/sandboxSettings.ts';
import { createSpills, spillWhole } from './spills.ts';
import { createTools } from './tools/createTools.ts';
import { DEFAULT_DISK_CAP } from './worktrees/diskCap.ts';
import { createYamlFrontMatter } from './yamlFrontMatter.ts';
import { createWorkFiles } from './workFiles.ts';
import { createWebTools } from './tools/webTools.ts';
import type { EditorIntelligence } from './tools/editorIntelligence.ts';

export interface EngineOptions {
  readonly model: ModelSource;
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
  readonly home: string;
  readonly workflows: LibraryFolders;
  /** Where this program is installed: its own tools are not for agents. */
  readonly packageRoot: string;
  /** What agents' shells get of it is without secrets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Id or alias for runs that name none. */
  readonly defaultModel: string;
  /** What the person has set in the program itself; read afresh for every run. */
  readonly permissions?: () => OwnPermissions | undefined;
  /** The editor's own models (`vscode/…`). */
  readonly editorModel?: Model | undefined;
  /** What its language servers know. */
  readonly editor?: EditorIntelligence | undefined;
  /** Path of a ripgrep to search with instead of our own. */
  readonly ripgrep?: string | undefined;
  /** What confines agents' commands. Default: what the system has, and no network. */
  readonly sandbox?: SandboxSettings;
  /** How changes are committed. Default: plainly, by the person's identity. */
  readonly commits?: CommitSettings | undefined;
  /** Bytes that all worktrees together may take. Default: any number. */
  readonly maxWorktreeBytes?: number | undefined;
  /** The person's own folder, whose `.claude` is read. Default: the system's. */
  readonly person?: string | undefined;
  /** What agents of its runs ask is answered from other processes too: nobody sits before this one (ADR 20). Default: no. */
  readonly takesAnswers?: boolean;
  /** MCP servers of the person's own settings, as they stand just now. */
  readonly mcpServers?: (() => unknown) | undefined;
  /** With the other engines of this process. Default: there are none. */
  readonly commons?: EngineCommons;
}

/** The headless composition root: the same for CLI and editor. */
export interface Engine extends Omit<Runtime, 'openSession'> {
  /** `runs`: where its workflows start. Default: here, with nothing set for them. */
  openSession(request: SessionRequest, runs?: WorkflowRuns): Promise<SessionResult>;
  readonly outlook: RunOutlook;
  /** One line for the person when the model is simulated, else null. */
  readonly modelNotice: string | null;
}

const HOOKS_AT_ONCE = 4;

/** Throws when the simulator's rules are wrong (its message names the rule), or when it cannot listen on loopback. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { model: source, home, person = homedir() } = options;
  const environment = withoutOwnPrograms(options.environment, options.packageRoot);
  // Loaded when it is asked for: with it comes an HTTP server, and with that all of Node's own fetch.
  const embedded =
    source.kind === 'simulate'
      ? await (await import('./simulator/embeddedModel.ts')).startEmbeddedModel(source.rulesText, source.latency)
      : null;
  const models =
    source.kind === 'api'
      ? openProviders({ ...options, source, places: { home, packageRoot: options.packageRoot } })
      : simulatedProvider(embedded?.endpoint);
  const { services, gate, pressure } = options.commons ?? createEngineCommons();
  const limiter = createLimiter(models.model, { clock: systemClock, random }, { placeOf: models.placeOf, services });
  const git = createGit(environment);
  const settings = options.sandbox ?? DEFAULT_SANDBOX;
  const places = { home, person: homedir(), env: environment, ripgrep: options.ripgrep };
  const sandbox = createShellSandbox({ ...settings, ...places });
  const variables = createWorktreeVariables(createPortRanges(join(home, 'ports'), createFileLocks()));
  const commands = createCommands({ gate, env: environment, home, sandbox, variablesOf: (root) => variables.of(root) });
  const committer = options.commits && createCommitter({ git, commands, settings: options.commits });
  const worktrees = createGitWorktrees({
    ...{ home, git, gate, diskCap: { ...DEFAULT_DISK_CAP, maxBytes: options.maxWorktreeBytes } },
    ...(committer ? { committer } : {}),
  });
  const deadRuns = createDeadRuns({ home, git, worktrees });
  const spillsIn = createSpills();
  const pdf = createPdfText({ clock: systemClock });
  const deps: RuntimeDeps = {
    modelFor: models.caches ? firstAhead(limiter.bind, { clock: systemClock, sha256 }) : limiter.bind,
    sandbox: createQuickJsSandbox({ keepsCompiled: true }),
    worktrees: readyWorktrees(worktrees, { git, gate, variables }),
    sweepDead: (cwd) => deadRuns.sweep(cwd),
    merge: createMergeRepository(git, committer),
    files: createWorkFiles(git),
    commands,
    store: fileRunStore(home),
    sessions: fileRunStore(home, 'sessions'),
    checkpoints: createCheckpoints(applyDeps(git, home)),
    library: fileLibrary(options.workflows),
    schemaCheck: createSchemaCheck(),
    definitions: fileDefinitions(person),
    frontMatter: createYamlFrontMatter(),
    names: models.names,
    pressure,
    clock: systemClock,
    newId,
    sha256,
    toolsFor: (cwd, policy, onQueued) =>
      createTools({
        root: cwd,
        commands: { run: (request, signal) => commands.run({ ...request, onQueued }, signal) },
        clock: systemClock,
        pdf,
        place: placeOf(policy, home),
        ...(settings.withoutAsking ? { runsConfined: () => sandbox.confines() } : {}),
        ...(policy.outputs === undefined ? {} : { spill: spillsIn(policy.outputs) }),
        ...(options.editor === undefined ? {} : { editor: options.editor }),
        ...(options.ripgrep === undefined ? {} : { ripgrep: options.ripgrep }),
        readable: (path, asked) => mayShow(policy, path, asked),
      }),
    permissionRules: (cwd) => readPermissionSettings({ cwd, home: person, own: options.permissions?.() }),
    keepRules: keepPermissionRules,
    hooks: {
      ...createHookCommands({ gate: createGate(HOOKS_AT_ONCE), env: environment, home }),
      read: (cwd) => readHookSettings({ cwd, home: person }),
    },
    mcp: createMcpSource({ home: person, programHome: home, environment, setting: options.mcpServers }),
    webTools: (ask, keepWhole) => createWebTools({ ask, keepWhole }),
    keepWhole: (folder, ...text) => spillWhole(spillsIn(folder), ...text),
    briefing: createBriefing({
      git,
      packageRoot: options.packageRoot,
      programHome: home,
      home: person,
      readableIn: async (cwd) => {
        const { rules } = await readPermissionSettings({ cwd, home: person, own: options.permissions?.() });
        const policy = { mode: 'default', rules, root: cwd, ownsRoot: false } as const;
        return (path) => decide(policy, { tool: 'Read', access: 'read', subject: path }).kind !== 'deny';
      },
    }),
  };
  const inner = createRuntime(deps, {
    defaultModel: options.defaultModel,
    modelSource: modelRecord(source),
  });
  const runtime = controlledRuntime(inner, { takesAnswers: options.takesAnswers === true });
  const engine: Engine = {
    ...runtime,
    modelNotice: embedded?.notice ?? null,
    outlook: createRunOutlook({
      ...{ home, person, environment, workflows: options.workflows, defaultModel: options.defaultModel },
      ...{ mcpServers: () => options.mcpServers?.(), ...(options.commits && { commits: options.commits }) },
    }),
    launch: async (request) => {
      loadAnthropicClient();
      const cwd = await realpath(request.cwd).catch(() => null);
      if (cwd !== null) return runtime.launch({ ...request, cwd });
      return { status: 'refused', reason: 'place', errors: [`There is no folder ${request.cwd}.`] };
    },
    resume: async (request) => {
      loadAnthropicClient();
      // A run that was killed may have left commands running that would write beside the ones that now start.
      await Promise.all([killLeftoverCommands(home), deadRuns.free(request.runId)]);
      return runtime.resume(request);
    },
    openSession: async (request, runs = engine) => {
      loadAnthropicClient();
      const cwd = await realpath(request.cwd).catch(() => null);
      if (cwd === null) return { status: 'refused', errors: [`There is no folder ${request.cwd}.`] };
      await Promise.all([killLeftoverCommands(home), deadRuns.free(request.sessionId ?? '')]);
      return runtime.openSession({ ...request, cwd }, runs);
    },
    close: async () => {
      try {
        await runtime.close();
      } finally {
        models.dispose();
        await deadRuns.close();
        await worktrees.close();
        await sandbox.close();
        await embedded?.close();
      }
    },
  };
  return engine;
}

/** What an agent's commands may reach: as much as its tools may write, and what was too long to be told to it. */
function placeOf({ root, outputs }: PermissionPolicy, home: string): CommandPlace {
  const readable = outputs === undefined ? [] : [outputs];
  return { root, readable, temporary: temporaryFolder(home) };
}
