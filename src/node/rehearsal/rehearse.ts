import { homedir } from 'node:os';
import { AbortError, isAbort, throwIfAborted } from '../../base/abort.ts';
import { settleAll } from '../../base/settleAll.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import { resolveModel } from '../../protocol/models.ts';
import { ELASTIC_AGENTS } from '../../protocol/run.ts';
import { loadScript } from '../../workflow/loadScript.ts';
import { brokenPlays, estimate } from '../../workflow/rehearsal/estimate.ts';
import { Figures } from '../../workflow/rehearsal/figures.ts';
import { findings } from '../../workflow/rehearsal/findings.ts';
import { lookedFor } from '../../workflow/script/lint/lookedFor.ts';
import { type Play, type PlayDeps, playScript } from '../../workflow/rehearsal/playScript.ts';
import type { PastRun } from '../../workflow/rehearsal/pastRun.ts';
import type { Basis, RehearsalResult } from '../../workflow/rehearsal/rehearsal.ts';
import { type Scenario, sayEnough, scenarios } from '../../workflow/rehearsal/scenario.ts';
import type { Trace } from '../../workflow/rehearsal/trace.ts';
import { uncertainty } from '../../workflow/rehearsal/uncertainty.ts';
import type { CheckedScript } from '../../workflow/script/check.ts';
import type { DefinitionFiles, Definitions } from '../../workflow/definitions.ts';
import { fileDefinitions } from '../definitionFiles.ts';
import { sha256 } from '../ids.ts';
import { fileLibrary, type LibraryFolders } from '../library.ts';
import { createQuickJsSandbox } from '../sandbox/quickJsSandbox.ts';
import { seededRandom, seedOf } from '../simulator/random.ts';
import { schemaInstance } from '../simulator/schemaInstance.ts';
import { createTools } from '../tools/createTools.ts';
import { createYamlFrontMatter } from '../yamlFrontMatter.ts';
import { pastRuns } from './pastRuns.ts';
import { createQuickSchemaCheck } from './quickSchemaCheck.ts';
import { createStage } from './stage.ts';

export interface RehearseOptions {
  /** Where past runs are: `~/.dynamic-workflows`. They are read, nothing is written. */
  readonly home: string;
  readonly workflows: LibraryFolders;
  /** Id or alias for a request that names none. */
  readonly defaultModel: string;
  /** The person's own folder. Default: the system's. */
  readonly person?: string | undefined;
}

export type RehearseRequest = Pick<
  LaunchRequest,
  'scriptPath' | 'script' | 'name' | 'args' | 'cwd' | 'model' | 'concurrency' | 'caps'
>;

/** `brief`: as few plays as tell what a run takes; what is wrong with the script may stay unseen. */
type Extent = 'whole' | 'brief';

/** Plays at once: each has a thread of its own. */
const AT_ONCE = 3;

/**
 * Plays a script several times with made-up answers and says what a run is going to take (X08). Nothing is sent, started
 * or written: the script runs in the sandbox and through the runtime, on a repository, a store and a clock that are not
 * there. On abort what the plays so far have shown, or `unfinished`.
 */
export async function rehearse(
  options: RehearseOptions,
  request: RehearseRequest,
  signal: AbortSignal,
  extent: Extent = 'whole',
): Promise<RehearsalResult> {
  try {
    return await rehearsed(options, request, signal, extent);
  } catch (error) {
    if (isAbort(error)) return { kind: 'unfinished' };
    throw error;
  }
}

async function rehearsed(
  options: RehearseOptions,
  request: RehearseRequest,
  signal: AbortSignal,
  extent: Extent,
): Promise<RehearsalResult> {
  const library = fileLibrary(options.workflows);
  const loaded = await loadScript({ library, sandbox: createQuickJsSandbox() }, request);
  if (!loaded.ok) return { kind: 'refused', errors: loaded.refusal.errors };
  throwIfAborted(signal);
  const { script, path: scriptPath } = loaded;
  const past = await pastRuns(options.home, request.cwd, script.meta.name);
  throwIfAborted(signal);
  const figures = new Figures(past);
  const play = playerOf(options, request, figures, past, script);
  const all = scenarios(past.length > 0);
  const traces: Trace[] = [];
  for (const some of [all.slice(0, AT_ONCE), all.slice(AT_ONCE)]) {
    const played = await inTurns(some, AT_ONCE, (scenario) => nullOnAbort(play(scenario, signal)));
    for (const one of played) {
      if (one?.kind === 'refused') return { kind: 'refused', errors: one.errors };
      if (one) traces.push(one.trace);
    }
    if (extent === 'brief' && tellTheSame(traces)) break;
  }
  if (signal.aborted && !sayEnough(traces.map(({ scenario }) => scenario))) throw new AbortError(signal.reason);
  return { kind: 'rehearsed', rehearsal: rehearsalOf(options, request, { script, scriptPath, traces, figures, past }) };
}

/** Short answers and long ones led to the same agents: no answer steers this script. */
function tellTheSame(traces: readonly Trace[]): boolean {
  const [first, ...others] = traces.map(({ agents, end, gaveUp }) =>
    JSON.stringify([end?.status, gaveUp, agents.map(({ label, phase, depth, model }) => [label, phase, depth, model])]),
  );
  return sayEnough(traces.map(({ scenario }) => scenario)) && others.every((other) => other === first);
}

interface Rehearsed {
  readonly script: CheckedScript;
  readonly scriptPath: string;
  readonly traces: readonly Trace[];
  readonly figures: Figures;
  readonly past: readonly PastRun[];
}

function rehearsalOf(
  options: RehearseOptions,
  request: RehearseRequest,
  { script, scriptPath, traces, figures, past }: Rehearsed,
) {
  const titles = script.meta.phases.map(({ title }) => title);
  const basis: Basis = past.length > 0 ? { kind: 'past', runIds: past.map(({ runId }) => runId) } : { kind: 'assumed' };
  const figured = estimate(traces, figures, titles);
  return {
    version: 1,
    workflowName: script.meta.name,
    scriptPath,
    model: resolveModel(request.model ?? options.defaultModel),
    concurrency: typeof request.concurrency === 'number' ? request.concurrency : ELASTIC_AGENTS,
    plays: traces.length,
    ...figured,
    basis,
    findings: findings(script, scriptPath, traces),
    uncertainty: uncertainty(basis, brokenPlays(traces), figured),
  } as const;
}

function playerOf(
  { workflows, defaultModel, person = homedir() }: RehearseOptions,
  { model = defaultModel, ...request }: RehearseRequest,
  figures: Figures,
  past: readonly PastRun[],
  script: CheckedScript,
): (scenario: Scenario, signal: AbortSignal) => Promise<Play> {
  const deps: Omit<PlayDeps, 'stage'> = {
    schemaCheck: createQuickSchemaCheck(),
    sha256,
    definitions: agentTypesOnly(fileDefinitions(person)),
    frontMatter: createYamlFrontMatter(),
    tools: toolsToShow(),
    chance: (text) => seededRandom(seedOf(text))(),
    makeAnswer: schemaInstance,
    figures,
    past,
    lookedFor: lookedFor(script),
    elapsed: () => performance.now(),
  };
  const library = fileLibrary(workflows);
  return (scenario, signal) =>
    playScript({ ...deps, stage: createStage(library) }, { ...request, model }, scenario, signal);
}

/** Read once for all plays. What an agent would learn from a skill is not made up. */
function agentTypesOnly(definitions: Definitions): Definitions {
  let reading: Promise<DefinitionFiles> | undefined;
  return {
    read: (cwd) => (reading ??= definitions.read(cwd).then((files) => ({ ...files, skills: [] }))),
  };
}

/** The real ones, so that prompts are as long as they are going to be; nobody calls them. */
function toolsToShow() {
  const never = async (): Promise<never> => {
    throw new Error('No tool is called in a rehearsal.');
  };
  return createTools({ root: '/rehearsal', commands: { run: never }, clock: { sleep: never } });
}

async function nullOnAbort<T>(promise: Promise<T>): Promise<T | null> {
  return promise.catch((error: unknown) => {
    if (isAbort(error)) return null;
    throw error;
  });
}

/** At most `width` at once, in their order. */
async function inTurns<T, R>(all: readonly T[], width: number, body: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const next = all.entries();
  const worker = async (): Promise<void> => {
    for (const [index, one] of next) results[index] = await body(one);
  };
  await settleAll(Array.from({ length: width }, worker));
  return results;
}
