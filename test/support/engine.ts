import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/protocol/json.ts';
import { createEngine, type Engine, type EngineOptions } from '../../src/node/createEngine.ts';
import type { EngineCommons } from '../../src/node/engineCommons.ts';
import { DEFAULT_SANDBOX, type SandboxSettings } from '../../src/node/shellSandbox/sandboxSettings.ts';
import type { ModelSettings } from '../../src/node/modelSettings.ts';
import {
  startSimulator,
  type Brain,
  type Rule,
  type ServiceLimits,
  type Simulator,
} from '../../src/node/simulator/simulator.ts';
import type { Event, LaunchRequest } from '../../src/protocol/messages.ts';
import type { FinishedRun, LaunchResult } from '../../src/workflow/runtime.ts';

export interface Played extends FinishedRun {
  readonly runId: string;
  readonly events: readonly Event[];
}

interface Attended {
  readonly attended: boolean;
}

/** The whole engine over a recording simulator, in a home and a working folder of its own. */
export interface Bench {
  readonly engine: Engine;
  readonly simulator: Simulator;
  readonly cwd: string;
  readonly home: string;
  readonly launch: (script: string, options?: Partial<LaunchRequest & Attended>) => Promise<LaunchResult>;
  /** Launches, or throws with the refusal's errors; resolves when the run has ended. */
  readonly play: (script: string, options?: Partial<LaunchRequest>) => Promise<Played>;
  readonly resume: (runId: string, scriptPath?: string) => Promise<Played>;
  /** A second engine over the same home and simulator, as after a restart. */
  readonly restart: () => Promise<void>;
}

export interface BenchOptions {
  readonly rules?: readonly (Rule | Brain)[];
  /** Default: an empty folder that is no repository. */
  readonly cwd?: string;
  readonly apiKey?: string;
  /** What the simulated service takes. */
  readonly limits?: ServiceLimits;
  readonly latencyMs?: readonly [number, number];
  /** Default: off, so that a test of something else does not depend on what the machine has. */
  readonly sandbox?: SandboxSettings;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Providers and names of models that the person has set. */
  readonly models?: ModelSettings;
  readonly commons?: EngineCommons;
}

/** `body` after a `meta` that needs no attention. */
export function script(body: string, meta = "name: 'test', description: 'A test.'"): string {
  return `export const meta = { ${meta} };\n${body}`;
}

export async function withBench<T>(options: BenchOptions, use: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
  const home = join(folder, 'home');
  const simulator = await startSimulator({
    rules: options.rules ?? [],
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }),
  });
  let engine = await engineOver(simulator, home, options);
  const bench: Bench = {
    get engine() {
      return engine;
    },
    simulator,
    cwd: options.cwd ?? folder,
    home,
    launch: (text, request = {}) =>
      engine.launch({
        script: text,
        cwd: options.cwd ?? folder,
        permissionMode: 'bypass',
        attended: false,
        ...request,
      }),
    play: async (text, request) => finish(engine, await bench.launch(text, request)),
    resume: async (runId, scriptPath) =>
      finish(
        engine,
        await engine.resume({ runId, attended: false, ...(scriptPath === undefined ? {} : { scriptPath }) }),
      ),
    restart: async () => {
      await engine.close();
      engine = await engineOver(simulator, home, options);
    },
  };
  try {
    return await use(bench);
  } finally {
    await engine.close();
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const engineOver = (simulator: Simulator, home: string, options: BenchOptions): Promise<Engine> =>
  createEngine(engineOptions(simulator, home, options));

export function engineOptions(simulator: Simulator, home: string, options: BenchOptions): EngineOptions {
  const { apiKey = 'test-key', sandbox = { ...DEFAULT_SANDBOX, mode: 'off' }, models, commons } = options;
  const packageRoot = join(import.meta.dirname, '../..');
  return {
    model: { kind: 'api', apiKey, baseURL: simulator.url, ...(models && { settings: models }) },
    home,
    workflows: { personal: join(home, 'personal'), shipped: join(packageRoot, 'workflows') },
    packageRoot,
    environment: options.environment ?? process.env,
    sandbox,
    defaultModel: 'sonnet',
    person: join(home, 'person'),
    ...(commons && { commons }),
  };
}

export async function finish(engine: Engine, launched: LaunchResult): Promise<Played> {
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const events: Event[] = [];
  const { runId } = launched;
  const listening = engine.subscribe(runId, 1, (batch) => events.push(...batch));
  try {
    return { ...(await engine.finished(runId)), runId, events };
  } finally {
    listening.dispose();
  }
}

/** The result of a run that has one, typed for comparison. */
export function resultOf(played: Played): Json {
  return played.end.result;
}
