import { join } from 'node:path';
import * as z from 'zod';
import { round } from './cliRun.ts';
import { measured } from './measured.ts';
import type { Suite } from './suite.ts';

/**
 * What one agent costs a turn, with its context sent whole and a tool called, over real HTTP; and how soon it is gone
 * when it is stopped in the middle of a shell command that has children.
 */
export const suite: Suite = {
  limits: { loopCpuMsPerTurn: 2, abortMs: 1_000 },
  run: async (say) => {
    say('Agents of 100 turns…');
    const [first = NaN, ...warm] = loops.parse(await job('loop')).cpuMs;
    say('Stops in the middle of a command…');
    const { ms } = stops.parse(await job('abort'));
    return {
      loopCpuMsPerTurn: round(warm.reduce((sum, each) => sum + each, 0) / warm.length, 2),
      // With all that is loaded and compiled on the way.
      firstLoopCpuMsPerTurn: round(first, 2),
      // The longest of them.
      abortMs: round(Math.max(...ms), 0),
    };
  },
};

const loops = z.object({ cpuMs: z.array(z.number()).min(2) });
const stops = z.object({ ms: z.array(z.number()).min(1) });

async function job(name: 'loop' | 'abort'): Promise<unknown> {
  const { stdout } = await measured([join(import.meta.dirname, 'agentRuns.ts'), name]);
  return JSON.parse(stdout) as unknown;
}
