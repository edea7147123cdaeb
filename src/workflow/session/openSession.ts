import { count } from '../../base/text.ts';
import type { Effort } from '../../protocol/capabilities.ts';
import { goOnLater } from '../../engine/goOn.ts';
import type { Message } from '../../protocol/conversation.ts';
import { ELASTIC_AGENTS, type BaseCommit } from '../../protocol/run.ts';
import { SESSION_AGENT } from '../../protocol/session.ts';
import { LiveRun } from '../liveRun.ts';
import { loadScript } from '../loadScript.ts';
import { PLAIN_NAMES } from '../modelNames.ts';
import type { RunContext, RuntimeDeps } from '../runContext.ts';
import { readExtensions } from '../runExtensions.ts';
import { readKit, type RunKit } from '../runKit.ts';
import { RUN_VERSION, type OpenRun, type RunManifest, type RunStore } from '../runStore.ts';
import type { RuntimeSettings, SessionRequest, WorkflowRuns } from '../runtime.ts';
import type { CheckedScript } from '../script/check.ts';
import { converse } from './converse.ts';
import { NO_OUTLOOK } from './outlook.ts';
import { SessionState, type SessionPlace } from './sessionPlace.ts';
import type { WorkflowDoor } from './workflowDoor.ts';

export type OpenedSession =
  | { readonly status: 'opened'; readonly run: LiveRun; readonly warnings: readonly string[] }
  | { readonly status: 'refused'; readonly errors: readonly string[] };

/** What stands where a run has its script: a session has none. */
const NO_SCRIPT: CheckedScript = {
  meta: { name: 'session', description: 'A conversation', phases: [] },
  body: '',
  source: '',
  warnings: [],
};

/** A new session, or one that goes on. Throws what the file system says. */
export async function openSession(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: SessionRequest,
  runs: WorkflowRuns,
): Promise<OpenedSession> {
  const state = await deps.worktrees.inspect(request.cwd);
  const base = state.kind === 'ready' ? state.base : null;
  const [permissions, kit, extensions, briefing] = await Promise.all([
    deps.permissionRules(request.cwd),
    readKit(deps, request.cwd),
    readExtensions(deps, request.cwd),
    deps.briefing(request.cwd, base),
  ]);
  const permissionMode = request.permissionMode ?? permissions.mode ?? 'default';
  const opened = await stored(deps, settings, { ...request, permissionMode }, base);
  if ('errors' in opened) return { status: 'refused', errors: opened.errors };
  const { attended, effort } = request;
  const door = doorTo(deps, runs);
  const run = new LiveRun(deps, {
    ...{
      open: opened.open,
      script: NO_SCRIPT,
      base,
      settings: permissions,
      kit: await withAuthoring(kit.kit),
      extensions,
      briefing,
      attended,
    },
    ...{ folder: null, caps: opened.open.manifest.caps, safetyTokens: null, requireReview: true },
    session: (context) => converse(placeOf(context, door, attended, effort)),
  });
  return { status: 'opened', run, warnings: [permissions, kit, extensions, briefing].flatMap((each) => each.warnings) };
}

/** The session's agent alone writes workflows; the reference is loaded with the first session. A person's own of the name counts. */
async function withAuthoring(kit: RunKit): Promise<RunKit> {
  const { AUTHORING } = await import('./authoringSkill.ts');
  return { ...kit, skills: new Map([[AUTHORING.name, AUTHORING], ...kit.skills]) };
}

function placeOf(run: RunContext, door: WorkflowDoor, attended: boolean, effort: Effort | undefined): SessionPlace {
  if (!run.desk) throw new Error('A session has a desk.');
  const state = new SessionState(run.recorder, effort === undefined ? {} : { effort });
  return { run, desk: run.desk, door, attended, state, loopId: null };
}

async function stored(
  deps: RuntimeDeps,
  settings: RuntimeSettings,
  request: SessionRequest & Pick<RunManifest, 'permissionMode'>,
  base: BaseCommit | null,
): Promise<{ readonly open: OpenRun } | { readonly errors: readonly string[] }> {
  const { sessionId, fork } = request;
  const { sessions } = deps;
  if (!sessions) return { errors: ['Sessions are not kept here.'] };
  if (sessionId === undefined) {
    const known = fork === undefined ? [] : await conversationOf(sessions, fork);
    if ('errors' in known) return known;
    const open = await sessions.create(manifestOf(deps, settings, request, base), '');
    open.appendTranscript(SESSION_AGENT, known);
    return { open };
  }
  const opened = await reopened(sessions, sessionId);
  return 'errors' in opened ? opened : { open: opened };
}

/** What was said until the turn after the last that counts began. */
async function conversationOf(
  sessions: RunStore,
  { sessionId, turns = Infinity }: NonNullable<SessionRequest['fork']>,
): Promise<readonly Message[] | { readonly errors: readonly string[] }> {
  const opened = await reopened(sessions, sessionId);
  if ('errors' in opened) return opened;
  try {
    const messages = goOnLater(await opened.readTranscript(SESSION_AGENT));
    const starts = messages.flatMap(({ role, content }, at) =>
      role === 'user' && content.every(({ type }) => type === 'text') ? [at] : [],
    );
    return messages.slice(0, starts[turns] ?? messages.length);
  } finally {
    await opened.close();
  }
}

async function reopened(
  sessions: RunStore,
  sessionId: string,
): Promise<OpenRun | { readonly errors: readonly string[] }> {
  const opened = await sessions.open(sessionId);
  switch (opened.kind) {
    case 'opened':
      return opened.run;
    case 'unknown':
      return { errors: [`There is no session ${sessionId}.`] };
    case 'running':
      return {
        errors: [
          `The session ${sessionId} is open already, in process ${opened.pid}. Close it there, or talk with it from a terminal: dwf chat --session ${sessionId}`,
        ],
      };
    case 'unreadable':
      return { errors: [opened.message] };
  }
}

function manifestOf(
  deps: RuntimeDeps,
  { defaultModel, modelSource }: RuntimeSettings,
  { cwd, model, permissionMode, caps = {} }: SessionRequest & Pick<RunManifest, 'permissionMode'>,
  base: BaseCommit | null,
): RunManifest {
  return {
    ...{ version: RUN_VERSION, runId: `session-${deps.newId()}`, workflowName: NO_SCRIPT.meta.name, scriptPath: '' },
    ...{ args: null, hasArgs: false, cwd, baseCommit: base?.commit ?? null, modelSource, permissionMode },
    model: (deps.names ?? PLAIN_NAMES).idOf(model ?? defaultModel),
    // Open for days, mostly idle: nothing measures the machine for it.
    ...{ concurrency: ELASTIC_AGENTS, caps, createdAt: deps.clock.now() },
  };
}

function doorTo(deps: RuntimeDeps, runs: WorkflowRuns): WorkflowDoor {
  return {
    check: (source) => loadScript(deps, source),
    launch: (request) => runs.launch(request),
    resume: (request) => runs.resume(request),
    finished: (runId) => runs.finished(runId),
    outlook: runs.outlook ?? NO_OUTLOOK,
    resumable: async (runId) => {
      const preview = await runs.previewResume(runId);
      if (preview.kind === 'refused') return null;
      const { finishedCalls, knownCalls, keeps } = preview;
      return { words: `${finishedCalls} of ${count(knownCalls, 'call')} come from the journal`, keeps };
    },
  };
}
