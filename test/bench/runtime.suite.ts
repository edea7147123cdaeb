import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import { boundMs, round, runAgents } from './cliRun.ts';
import { measured, withSimulatorProcess, type ProcessUse } from './measured.ts';
import type { Suite } from './suite.ts';

const AGENTS = 1_000;
const AT_ONCE = 16;
/** 20 deltas of some words, each a write of its own. */
const REPLY = { text: 'a word or two '.repeat(20).trim(), deltas: 20 };

/**
 * The whole program as a person starts it (the bundled CLI, its start-up included), against the simulator in another
 * process; a bare client on the same replies, as the floor below which no client gets; what scheduling alone costs, beside
 * that of others; what a run leaves on the disk; and how a process grows over ten runs.
 */
export const suite: Suite = {
  limits: {
    cpuMsPerAgent_1000x16_0ms: 2.5,
    peakRssMb_1000: 250,
    wallOverBound_1000x16_jitter: 1.1,
    wallOverBound_1000x16_500ms: 1.05,
    schedulerCpuUsPerAgent: 20,
    rssGrowthMb_10runs: 20,
    diskMb_1000: 60,
  },
  run: async (say) => ({
    ...(await throughput(say)),
    ...(await latency(say)),
    ...schedulers(say),
    ...(await disk(say)),
    ...(await growth(say)),
  }),
};

type Say = (line: string) => void;

/**
 * Whatever else the machine does only adds to what a program takes, so the least of a few is nearest to its own. All
 * contenders are asked alike, and in turns.
 */
const TIMES = 3;

async function times<T>(run: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let n = 0; n < TIMES; n += 1) all.push(await run());
  return all;
}

const least = (values: readonly number[]): number => Math.min(...values);

async function throughput(say: Say): Promise<Record<string, number>> {
  say(`${AGENTS} agents, ${AT_ONCE} at once, no latency, ${TIMES} times…`);
  const [all, rehearsed] = await withSimulatorProcess(
    [{ reply: REPLY }],
    async (url) =>
      [
        await times(async () => ({ run: await runAgents(url, AGENTS, AT_ONCE), floor: await bareRequests(url) })),
        await runAgents(url, AGENTS, AT_ONCE, 'rehearsed'),
      ] as const,
  );
  const cpuMs = least(all.map(({ run }) => run.cpuMs));
  const floorMs = least(all.map(({ floor }) => floor.cpuMs));
  return {
    cpuMsPerAgent_1000x16_0ms: round(cpuMs / AGENTS, 2),
    wallMs_1000x16_0ms: round(least(all.map(({ run }) => run.wallMs)), 0),
    peakRssMb_1000: round(Math.max(...all.map(({ run }) => run.maxRssMb)), 0),
    floorCpuMsPerRequest: round(floorMs / AGENTS, 2),
    cpuOverFloor_1000x16_0ms: round(cpuMs / floorMs, 1),
    cpuMsPerAgent_withForecast: round(rehearsed.cpuMs / AGENTS, 2),
    peakRssMb_withForecast: round(rehearsed.maxRssMb, 0),
  };
}

/** Against the least that so many waits can take; with jitter the mean counts. */
async function latency(say: Say): Promise<Record<string, number>> {
  const over = async (latencyMs: number | readonly [number, number], mean: number, runs = TIMES): Promise<number> =>
    withSimulatorProcess([{ reply: { ...REPLY, latencyMs } }], async (url) => {
      say(`${AGENTS} agents, ${AT_ONCE} at once, ${String(latencyMs)} ms…`);
      const all: number[] = [];
      for (let n = 0; n < runs; n += 1) all.push((await runAgents(url, AGENTS, AT_ONCE)).runMs);
      return round(least(all) / boundMs(AGENTS, AT_ONCE, mean), 3);
    });
  return {
    wallOverBound_1000x16_jitter: await over([80, 120], 100),
    // Half a minute each, and hardly moved by what else goes on.
    wallOverBound_1000x16_500ms: await over(500, 500, 1),
  };
}

/** CPU microseconds a task: in a process that has just started, in one that has done as many already, and in a warm one. */
const taskCost = z.object({ cold: z.number(), second: z.number(), warm: z.number() });

function schedulers(say: Say): Record<string, number> {
  say(`Scheduling alone, ${TIMES} times…`);
  const all = Array.from({ length: TIMES }, () => ({
    ours: tasks('ours', 10_000),
    pLimit: tasks('pLimit', 10_000),
    pQueue: tasks('pQueue', 10_000),
    langGraph: tasks('langGraph', 1_000),
  }));
  const of = (name: keyof (typeof all)[number], run: keyof z.infer<typeof taskCost> = 'warm'): number =>
    least(all.map((one) => one[name][run]));
  return {
    schedulerCpuUsPerAgent: round(of('ours'), 1),
    schedulerCpuUsPerAgent_cold: round(of('ours', 'cold'), 1),
    schedulerCpuUsPerAgent_second: round(of('ours', 'second'), 1),
    pLimitCpuUsPerTask: round(of('pLimit'), 1),
    pQueueCpuUsPerTask: round(of('pQueue'), 1),
    langGraphCpuUsPerTask: round(of('langGraph'), 1),
    langGraphOverOurs: round(of('langGraph') / of('ours'), 1),
  };
}

function tasks(scheduler: string, count: number): z.infer<typeof taskCost> {
  const script = join(import.meta.dirname, 'schedulers.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, scheduler, String(count)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return taskCost.parse(JSON.parse(stdout));
}

const left = z.object({ folderMb: z.number(), completed: z.literal(true) });

/** Agents that read three pages of 10 KB before they answer. */
async function disk(say: Say): Promise<Record<string, number>> {
  say(`What ${AGENTS} agents leave on the disk…`);
  const { stdout } = await engineRuns('disk');
  return { diskMb_1000: round(left.parse(JSON.parse(stdout)).folderMb, 1) };
}

const grown = z.object({ rssMb: z.array(z.number()).length(2 + 10) });

/** What code, caches and the heap's spare room fill once is in the first two runs, and told; what ten more add is growth. */
async function growth(say: Say): Promise<Record<string, number>> {
  say(`Ten runs of ${AGENTS} agents in one process, after two…`);
  const { stdout } = await engineRuns('ten');
  const { rssMb } = grown.parse(JSON.parse(stdout));
  const [first = 0, second = 0] = rssMb;
  return {
    rssMb_afterFirstRun: round(first, 0),
    rssMb_afterSecondRun: round(second, 0),
    rssGrowthMb_10runs: round((rssMb.at(-1) ?? 0) - second, 1),
  };
}

function engineRuns(job: 'disk' | 'ten'): Promise<ProcessUse> {
  return measured(['--expose-gc', join(import.meta.dirname, 'engineRuns.ts'), job]);
}

function bareRequests(url: string): Promise<ProcessUse> {
  return measured([join(import.meta.dirname, 'bareClient.mjs'), url, String(AGENTS)]);
}
