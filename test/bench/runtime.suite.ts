import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { measured, withSimulatorProcess, type ProcessUse } from './measured.ts';
import type { Suite } from './suite.ts';

const AGENTS = 1_000;
const AT_ONCE = 16;
/** 20 deltas of some words, each a write of its own. */
const RULES = [{ reply: { text: 'a word or two '.repeat(20).trim(), deltas: 20 } }];

const SCRIPT = `export const meta = { name: 'bench', description: '${AGENTS} agents, one reply each.' };
const all = await parallel(Array.from({ length: ${AGENTS} }, (_, i) => () => agent('task ' + i)));
return all.filter((text) => text !== null).length;
`;

/**
 * The whole program as a person starts it (the bundled CLI, its start-up included), against the simulator in another
 * process; and a bare client on the same replies, as the floor below which no client gets.
 */
export const suite: Suite = {
  limits: { cpuMsPerAgent_1000x16_0ms: 5, peakRssMb_1000: 300 },
  run: async (say) => {
    const folder = await mkdtemp(join(tmpdir(), 'dynamic-workflows-bench-'));
    try {
      await writeFile(join(folder, 'bench.js'), SCRIPT);
      const [run, floor] = await withSimulatorProcess(RULES, async (url) => {
        say(`${AGENTS} agents, ${AT_ONCE} at once, no latency…`);
        return [await runAgents(folder, url), await bareRequests(url)] as const;
      });
      return {
        cpuMsPerAgent_1000x16_0ms: round(run.cpuMs / AGENTS, 2),
        wallMs_1000x16_0ms: round(run.wallMs, 0),
        peakRssMb_1000: round(run.maxRssMb, 0),
        floorCpuMsPerRequest: round(floor.cpuMs / AGENTS, 2),
        cpuOverFloor_1000x16_0ms: round(run.cpuMs / floor.cpuMs, 1),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const outcome = z.object({ status: z.literal('completed'), result: z.literal(AGENTS) });

async function runAgents(folder: string, url: string): Promise<ProcessUse> {
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  const options = ['--base-url', url, '--concurrency', String(AT_ONCE), '--yes', '--json', '--cwd', folder];
  const env = { DYNAMIC_WORKFLOWS_HOME: join(folder, 'home'), ANTHROPIC_API_KEY: 'bench' };
  const use = await measured([cli, 'run', join(folder, 'bench.js'), ...options], env);
  outcome.parse(JSON.parse(use.stdout));
  return use;
}

function bareRequests(url: string): Promise<ProcessUse> {
  return measured([join(import.meta.dirname, 'bareClient.mjs'), url, String(AGENTS)]);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
