import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '../../src/node/createEngine.ts';
import { DEFAULT_SANDBOX } from '../../src/node/shellSandbox/sandboxSettings.ts';
import { withSimulatorProcess } from './measured.ts';

/** The engine in this process, in a folder and with a home of its own, over a simulator in another process. */
export async function withEngine<T>(rules: unknown, use: (engine: Engine, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
  await mkdir(join(folder, 'home'));
  try {
    return await withSimulatorProcess(rules, async (baseURL) => {
      const packageRoot = join(import.meta.dirname, '../..');
      const engine = await createEngine({
        model: { kind: 'api', apiKey: 'bench', baseURL },
        home: join(folder, 'home'),
        workflows: { personal: join(folder, 'personal'), shipped: join(packageRoot, 'workflows') },
        packageRoot,
        environment: process.env,
        defaultModel: 'sonnet',
        // What a sandbox costs depends on what the machine has; and a command inside does not know its processes' real ids.
        sandbox: { ...DEFAULT_SANDBOX, mode: 'off' },
      });
      try {
        return await use(engine, folder);
      } finally {
        await engine.close();
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Launches and waits for the end; throws unless the run completes. */
export async function play(engine: Engine, cwd: string, script: string): Promise<boolean> {
  const launched = await engine.launch({ script, cwd, permissionMode: 'bypass', attended: false });
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const { end } = await engine.finished(launched.runId);
  if (end.status !== 'completed') throw new Error(`the run ended ${end.status}`);
  return true;
}
