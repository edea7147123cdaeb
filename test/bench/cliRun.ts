import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { measured, type ProcessUse } from './measured.ts';

/** So many agents of one reply each; two fans where one takes no more. */
export function fanOut(agents: number): string {
  const fans = Array.from({ length: Math.ceil(agents / FAN) }, (_, n) => Math.min(FAN, agents - n * FAN));
  const calls = fans.map((size, n) => `fan(${n * FAN}, ${size})`).join(', ');
  return `export const meta = { name: 'bench', description: '${agents} agents, one reply each.' };
const fan = (from, size) => parallel(Array.from({ length: size }, (_, i) => () => agent('task ' + (from + i))));
const all = (await Promise.all([${calls}])).flat();
return all.filter((text) => text !== null).length;
`;
}

/** `parallel()` takes at most 4,096. */
const FAN = 4_000;

const outcome = z.object({
  status: z.literal('completed'),
  result: z.number(),
  usage: z.object({ ms: z.number() }),
});

export interface CliRun extends ProcessUse {
  /** From the run's first event to its last: without the program's start. */
  readonly runMs: number;
}

/** A person's cap that is never reached: a run that has one is not rehearsed before it starts. */
const CAPPED = ['--budget', '1000M'];

/**
 * The bundled command line as a person starts it, in a folder and with a home of its own, against the model at `url`.
 * With a cap it runs at once; without one it is rehearsed first, to limit it by its own forecast (W35, X08).
 */
export async function runAgents(
  url: string,
  agents: number,
  atOnce: number,
  start: 'at once' | 'rehearsed' = 'at once',
): Promise<CliRun> {
  const folder = await newFolder();
  const script = join(folder, 'bench.js');
  await writeFile(script, fanOut(agents));
  const cli = join(import.meta.dirname, '../../scripts/dwf.mjs');
  const limits = ['--concurrency', String(atOnce), '--max-agents', String(Math.max(1_000, agents))];
  const caps = start === 'at once' ? CAPPED : [];
  const options = ['--base-url', url, ...limits, ...caps, '--yes', '--json', '--cwd', folder];
  const env = { DYNAMIC_WORKFLOWS_HOME: join(folder, 'home'), ANTHROPIC_API_KEY: 'bench' };
  const use = await measured([cli, 'run', script, ...options], env);
  const { result, usage } = outcome.parse(JSON.parse(use.stdout));
  if (result !== agents) throw new Error(`${result} of ${agents} agents answered`);
  return { ...use, runMs: usage.ms };
}

const folders: string[] = [];

/**
 * Is removed when this process ends, and not before the next run: ext4 steps over inodes that were freed in the last
 * seconds (`recently_deleted` in its ialloc.c), and behind a thousand of them each new file costs 0.2 ms more.
 */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
  if (folders.push(folder) === 1)
    process.once('exit', () => {
      for (const one of folders) rmSync(one, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    });
  return folder;
}

/** The least that so many agents can take. */
export function boundMs(agents: number, atOnce: number, latencyMs: number): number {
  return Math.ceil(agents / atOnce) * latencyMs;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
