import { join } from 'node:path';
import * as z from 'zod';
import { round } from './cliRun.ts';
import { measured } from './measured.ts';
import type { Suite } from './suite.ts';

const figures = z.object({ inputMs: z.array(z.number()).min(100), blockMs: z.number(), delayMs: z.number() });

/** Whether a person who talks with a session's agent notices that 32 other agents work behind it. */
export const suite: Suite = {
  limits: { inputLatencyMsP99: 50, eventLoopBlockMsMax: 50 },
  run: async (say) => {
    say('150 things said while two workflows of 16 agents run…');
    const { stdout } = await measured([join(import.meta.dirname, 'sessionRun.ts')]);
    const { inputMs, blockMs, delayMs } = figures.parse(JSON.parse(stdout));
    const sorted = inputMs.sort((a, b) => a - b);
    const at = (share: number): number => round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN, 1);
    return {
      inputLatencyMsP50: at(0.5),
      inputLatencyMsP99: at(0.99),
      eventLoopBlockMsMax: round(blockMs, 1),
      eventLoopDelayMsMax: round(delayMs, 1),
    };
  },
};
