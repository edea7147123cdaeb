import { FakeClock } from '../../engine/clock.fake.ts';
import { says, fakeModel, type Step } from '../../engine/model.fake.ts';
import type { Model, ModelRequest } from '../../engine/model.ts';
import type { Event, LaunchRequest } from '../../protocol/messages.ts';
import { fakeBriefing } from '../briefing.fake.ts';
import { createFakeCommands, type FakeCommands } from '../commands.fake.ts';
import { createRuntime } from '../createRuntime.ts';
import { createFakeDefinitions } from '../definitions.fake.ts';
import { createFakeFrontMatter } from '../frontMatter.fake.ts';
import { FakePressure } from '../pressure.fake.ts';
import type { Found } from '../library.ts';
import type { ResumeRequest, Runtime, SessionRequest, WorkflowRuns } from '../runtime.ts';
import { fakeRunStore } from '../runStore.fake.ts';
import { createFakeSandbox } from '../sandbox.fake.ts';
import { createFakeWorkFiles } from '../workFiles.fake.ts';
import { NO_OUTLOOK, type RunOutlook } from './outlook.ts';
import { createFakeRepository } from '../worktrees.fake.ts';

/** A session over fakes alone, whose clock a test turns by hand. */
export interface SessionStage {
  readonly clock: FakeClock;
  readonly pressure: FakePressure;
  readonly runtime: Runtime;
  readonly sessionId: string;
  readonly events: readonly Event[];
  readonly requests: readonly ModelRequest[];
  /** What the session has asked of the runtime. */
  readonly launches: readonly LaunchRequest[];
  readonly resumes: readonly ResumeRequest[];
  /** Scripts by name or path, which may change meanwhile. */
  readonly library: Record<string, string>;
  say(text: string, plain?: true): void;
  /** To the last request for permission. */
  answer(allow: boolean): void;
  /** What it told the person besides its answers. */
  told(): readonly string[];
  /** Everything that can happen without time passing has happened. */
  settled(): Promise<void>;
  /** Closes it and opens it again, as after a restart; or a fork of it after so many turns. */
  reopen(fork?: { readonly turns: number }): Promise<SessionStage>;
}

export interface SessionStageOptions {
  /** Default: repeats the last line of what was said last. */
  readonly answer?: (request: ModelRequest) => Step;
  /** Scripts by name or path. */
  readonly library?: Readonly<Record<string, string>>;
  readonly commands?: FakeCommands;
  /** Default: nothing is known of runs before they start. */
  readonly outlook?: Partial<RunOutlook>;
  /** Default: nobody is there, and everything is allowed. */
  readonly attended?: boolean;
}

export async function sessionStage(options: SessionStageOptions = {}): Promise<SessionStage> {
  const {
    answer = (request: ModelRequest) => says(lastSaid(request).split('\n').at(-1) ?? ''),
    library: scripts = {},
    commands = createFakeCommands(),
    attended = false,
  } = options;
  const outlook: RunOutlook = { ...NO_OUTLOOK, ...options.outlook };
  const library: Record<string, string> = { ...scripts };
  const clock = new FakeClock();
  const pressure = new FakePressure();
  const requests: ModelRequest[] = [];
  const [launches, resumes]: [LaunchRequest[], ResumeRequest[]] = [[], []];
  const model: Model = {
    reply: (request, ...rest) => {
      requests.push(request);
      return fakeModel([answer(request)]).reply(request, ...rest);
    },
  };
  const repository = createFakeRepository();
  repository.setState({ kind: 'no-git', message: 'no git' });
  const [store, sessions] = [fakeRunStore(), fakeRunStore()];
  let ids = 0;
  const deps = {
    modelFor: (_onWait: unknown, through?: (model: Model) => Model) => through?.(model) ?? model,
    sandbox: createFakeSandbox(),
    worktrees: repository.worktrees,
    merge: repository.merge,
    files: createFakeWorkFiles(repository),
    commands,
    ...{ store, sessions },
    library: {
      byName: async (name: string) => fileOf(library, name, `/w/${name}.js`),
      byPath: async (path: string) => fileOf(library, path, path),
      names: async () => Object.keys(library),
    },
    definitions: createFakeDefinitions(),
    frontMatter: createFakeFrontMatter(),
    schemaCheck: { problem: () => null, validate: () => ({ ok: true }) as const },
    pressure,
    clock,
    newId: () => `id${(ids += 1)}`,
    sha256: (text: string) => text,
    toolsFor: () => [],
    briefing: fakeBriefing(),
    permissionRules: async () => ({ rules: { allow: [], ask: [], deny: [] }, warnings: [] }),
  };
  const open = async (which: Pick<SessionRequest, 'sessionId' | 'fork'>): Promise<SessionStage> => {
    const runtime = createRuntime(deps, {
      defaultModel: 'sonnet',
      modelSource: { kind: 'api', baseURL: null },
    });
    const request = { cwd: '/repo', attended, permissionMode: attended ? 'default' : 'bypass' } as const;
    const runs: WorkflowRuns = {
      ...{ ...runtime, outlook },
      launch: (launching) => {
        launches.push(launching);
        return runtime.launch(launching);
      },
      resume: (resuming) => {
        resumes.push(resuming);
        return runtime.resume(resuming);
      },
    };
    const opened = await runtime.openSession({ ...request, ...which }, runs);
    if (opened.status === 'refused') throw new Error(opened.errors.join('\n'));
    const events: Event[] = [];
    runtime.subscribe(opened.sessionId, 1, (batch) => events.push(...batch));
    const stage: SessionStage = {
      ...{ clock, pressure, runtime, events, requests, launches, resumes, library, sessionId: opened.sessionId },
      answer: (allow) => {
        const asked = events.findLast((event) => event.type === 'permission.asked');
        const requestId = asked?.type === 'permission.asked' ? asked.requestId : '';
        runtime.dispatch({
          ...{ type: 'permission.answer', runId: opened.sessionId, commandId: `c${(ids += 1)}`, requestId, allow },
        });
      },
      say: (text, plain) =>
        runtime.dispatch({
          ...{ type: 'session.say', runId: opened.sessionId, commandId: `c${(ids += 1)}`, text },
          ...(plain ? { plain } : {}),
        }),
      told: () => events.flatMap((event) => (event.type === 'session.told' ? [event.text] : [])),
      settled: () => clock.advance(0),
      reopen: async (fork) => {
        await runtime.close();
        const { sessionId } = opened;
        return open(fork ? { fork: { sessionId, ...fork } } : { sessionId });
      },
    };
    return stage;
  };
  return open({});
}

function fileOf(library: Readonly<Record<string, string>>, name: string, path: string): Found {
  const text = library[name];
  if (text === undefined) return { kind: 'missing', message: `There is no workflow "${name}".` };
  return { kind: 'found', file: { path, bytes: new TextEncoder().encode(text), origin: 'project' } };
}

/** The text of the request's last message. */
export function lastSaid({ messages }: ModelRequest): string {
  const last = messages.at(-1);
  if (last?.role !== 'user') return '';
  return last.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}

/** What the session's agent answered, turn by turn. */
export function answersIn(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'turn.ended' ? [event.end.kind === 'done' ? event.end.text : event.end.kind] : [],
  );
}
