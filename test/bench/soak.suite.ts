import { join } from 'node:path';
import * as z from 'zod';
import { round } from './cliRun.ts';
import { measured } from './measured.ts';
import type { Suite } from './suite.ts';

/**
 * An hour of real work, compressed: 16 agents at once that take half a minute each are 1,920 an hour. Here they take as
 * long as their commands, whose outputs of 20 MB are what would fill a process that keeps something of them.
 */
const AGENTS_PER_HOUR = (16 * 3_600) / 30;
/** What a process fills once (code, caches, its heap's spare room) is no leak. */
const WARM_UP = 5;

const report = z.object({ rssMb: z.array(z.number()).min(WARM_UP + 2), agentsEach: z.number() });

/** Takes about ten minutes. */
export const suite: Suite = {
  long: true,
  limits: { soakRssSlopeMbPerHour: 5 },
  run: async (say) => {
    say('3,000 agents, 20 MB of output each…');
    const { stdout } = await measured(['--expose-gc', join(import.meta.dirname, 'engineRuns.ts'), 'soak']);
    const { rssMb, agentsEach } = report.parse(JSON.parse(stdout));
    const slope = slopeOf(rssMb.slice(WARM_UP));
    return {
      soakAgents: rssMb.length * agentsEach,
      soakRssFirstMb: round(rssMb[WARM_UP] ?? 0, 0),
      soakRssLastMb: round(rssMb.at(-1) ?? 0, 0),
      soakRssSlopeMbPerHour: round((slope / agentsEach) * AGENTS_PER_HOUR, 1),
    };
  },
};

/** Least squares, by sample. */
function slopeOf(values: readonly number[]): number {
  const [meanX, meanY] = [(values.length - 1) / 2, values.reduce((sum, value) => sum + value, 0) / values.length];
  const products = values.map((value, x) => (x - meanX) * (value - meanY));
  const squares = values.map((_, x) => (x - meanX) ** 2);
  const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
  return sum(products) / sum(squares);
}
