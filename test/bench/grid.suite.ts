import { boundMs, round, runAgents } from './cliRun.ts';
import { withSimulatorProcess } from './measured.ts';
import type { Suite } from './suite.ts';

/** One fifth of the agents' replies: what counts here is the wait for them. */
const REPLY = { text: 'a word or two '.repeat(20).trim(), deltas: 20 };

/**
 * CPU and wall time of runs of many sizes: agents × at once × latency, each against the least that so many waits can take.
 * Takes about six minutes.
 */
export const suite: Suite = {
  long: true,
  limits: {},
  run: async (say) => {
    const figures: Record<string, number> = {};
    for (const latencyMs of [0, 100, 500]) {
      await withSimulatorProcess([{ reply: { ...REPLY, latencyMs } }], async (url) => {
        for (const atOnce of [16, 256]) {
          for (const agents of [100, 1_000, 5_000]) {
            const name = `${agents}x${atOnce}_${latencyMs}ms`;
            const run = await runAgents(url, agents, atOnce);
            figures[`cpuMsPerAgent_${name}`] = round(run.cpuMs / agents, 2);
            figures[`wallMsPerAgent_${name}`] = round(run.runMs / agents, 2);
            figures[`peakRssMb_${name}`] = round(run.maxRssMb, 0);
            if (latencyMs > 0)
              figures[`wallOverBound_${name}`] = round(run.runMs / boundMs(agents, atOnce, latencyMs), 3);
            say(`${name}: ${round(run.runMs, 0)} ms`);
          }
        }
      });
    }
    return figures;
  },
};
