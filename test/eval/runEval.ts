import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createEngine } from '../../src/node/createEngine.ts';
import { ceilingOf } from '../../src/protocol/prices.ts';
import type { Score } from './judge.ts';
import { runTask } from './runTask.ts';
import { sampleFiles, type EvalTask } from './tasks.ts';

export interface EvalOptions {
  readonly tasks: readonly EvalTask[];
  readonly apiKey: string;
  /** Null: the service itself. */
  readonly baseURL: string | null;
  /** A full id, whose price is known. */
  readonly model: string;
  /** All tasks together use at most so much. */
  readonly maxUsd: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onScore: (score: Score) => void;
}

export interface EvalReport {
  readonly model: string;
  readonly maxUsd: number;
  readonly usd: number;
  readonly scores: readonly Score[];
  /** Tasks that there was no money left for. */
  readonly skipped: readonly string[];
}

/** Less is no start: the prompt alone costs more. In USD. */
const LEAST_USD = 0.02;

/** Asks one task after the other, each in a folder of its own. Throws for a model without a known price: no cap would hold. */
export async function runEval(options: EvalOptions): Promise<EvalReport> {
  const { tasks, model, maxUsd, onScore } = options;
  if (ceilingOf(1, model) === null)
    throw new Error(`The price of ${model} is not known, so that no cap would hold. Name another by --model.`);
  const folder = await mkdtemp(join(tmpdir(), 'dwf-eval-'));
  const [home, packageRoot] = [join(folder, 'home'), join(import.meta.dirname, '../..')];
  const engine = await createEngine({
    model: { kind: 'api', apiKey: options.apiKey, baseURL: options.baseURL ?? undefined },
    workflows: { personal: join(home, 'personal'), shipped: join(packageRoot, 'workflows') },
    ...{ home, packageRoot, environment: options.environment, defaultModel: model, person: join(home, 'person') },
    permissions: () => ({
      name: 'the eval',
      rules: { deny: ['Agent', 'WebFetch', 'WebSearch'], ask: ['Workflow', 'Bash'] },
    }),
  });
  const scores: Score[] = [];
  const skipped: string[] = [];
  let usd = 0;
  try {
    for (const [n, task] of tasks.entries()) {
      const left = maxUsd - usd;
      if (left < LEAST_USD) {
        skipped.push(task.name);
        continue;
      }
      const score = await runTask(engine, task, { cwd: await sampleIn(join(folder, `task-${n}`)), usd: left, model });
      // What is not known counts as all there was.
      usd += score.usd ?? left;
      scores.push(score);
      onScore(score);
    }
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return { model, maxUsd, usd, scores, skipped };
}

async function sampleIn(folder: string): Promise<string> {
  for (const [path, text] of Object.entries(sampleFiles())) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}
