import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../../scripts/lib/paths.mjs';
import { createGit } from '../../../src/node/git.ts';
import { listRuns, readRun, type RunRecord } from '../../../src/node/runReader.ts';
import { copySampleProject } from '../../../src/node/sampleProject.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../src/node/simulator/simulator.ts';
import { fold } from '../../../src/projection/reduce.ts';
import { initialState, type RunState } from '../../../src/projection/state.ts';
import { withWorkbench } from './withWorkbench.ts';
import type { Workbench } from './workbench.ts';
import { unmountBelow } from '../unmountBelow.ts';

export interface WindowOptions {
  /** Names the pictures and the log. */
  readonly name: string;
  /** A copy of the sample project, or none at all. Default: the sample. */
  readonly folder?: 'sample' | 'none';
  /** Added to the folder and not committed, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the simulated model answers with; without it no address of a model is set. */
  readonly model?: Pick<SimulatorOptions, 'rules' | 'latencyMs' | 'apiKey'>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** As in `HostOptions`. */
  readonly asksForTrust?: boolean;
  readonly neighbours?: readonly string[];
  /** As in `WorkbenchOptions`. */
  readonly proposedApi?: boolean;
}

/** A window of the real editor on a project of its own, with a simulated model behind the real client. */
export interface ProjectWindow {
  readonly workbench: Workbench;
  /** Empty when there is none. */
  readonly folder: string;
  /** Where its runs are: another process that has it as DYNAMIC_WORKFLOWS_HOME shares them. */
  readonly home: string;
  readonly simulator: Simulator;
  /** `test-output/vscode/NAME-STEP.png`, of this window or of another one. */
  readonly picture: (step: string, of?: Workbench) => Promise<void>;
  /** What the newest run has on disk, and the state that its events make. */
  readonly record: () => Promise<{ readonly run: RunRecord; readonly state: RunState }>;
}

export async function withWindow(
  options: WindowOptions,
  body: (window: ProjectWindow) => Promise<void>,
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'dynamic-workflows-window-'));
  const home = join(scratch, 'home');
  const simulator = await startSimulator(options.model ?? {});
  const folder = options.folder === 'none' ? '' : await copySample();
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const settings = {
    ...(options.model ? { 'dynamicWorkflows.baseUrl': simulator.url } : {}),
    ...options.settings,
  };
  const where = folder === '' ? {} : { folder };
  try {
    const env = { DYNAMIC_WORKFLOWS_HOME: home };
    const { name, asksForTrust = false, proposedApi = false, neighbours = [] } = options;
    await withWorkbench({ name, asksForTrust, proposedApi, neighbours, ...where, settings, env }, (workbench) =>
      body({
        workbench,
        folder,
        home,
        simulator,
        picture: async (step, of = workbench) => {
          const path = join(root, 'test-output', 'vscode', `${name}-${step}.png`);
          await of.page.screenshot({ path });
        },
        record: () => newestRecord(home),
      }),
    );
  } finally {
    await simulator.close();
    // A window is killed, and leaves what the next one would sweep.
    await unmountBelow(scratch);
    for (const each of [scratch, folder])
      if (each !== '') rmSync(each, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function copySample(): Promise<string> {
  const copied = await copySampleProject(join(root, 'media', 'sample-project'), createGit(process.env));
  if (copied.kind === 'no-git') throw new Error(copied.message);
  return copied.folder;
}

async function newestRecord(home: string) {
  const [newest] = await listRuns(home);
  const read = newest ? await readRun(newest.dir) : null;
  if (read?.kind !== 'read') throw new Error(`No readable run in ${home}: ${readdirSync(home).join(', ')}`);
  return { run: read.run, state: fold(initialState(read.run.runId), read.run.events) };
}
