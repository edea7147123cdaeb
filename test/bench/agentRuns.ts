import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/node/createEngine.ts';
import { withEngine } from './benchEngine.ts';

/**
 * Runs in a process of its own: `node agentRuns.ts loop|abort`, one line of JSON. `loop`: CPU of this process for an agent
 * of 100 turns, each but the last with a call of Read, over HTTP; the first agent apart, which loads and compiles what the
 * others use. `abort`: how long it takes from the command to stop a run until the run has ended and every process of
 * its agent's shell command is gone: a shell, a child of its, and a grandchild that takes no notice of SIGTERM.
 */
const TURNS = 100;
const AGENTS = 16;
const STOPS = 5;
const PAGE = Array.from({ length: 40 }, (_, n) => `${n} a line of a file that an agent reads now and then`).join('\n');

const reading = { reply: { tools: [{ name: 'Read', input: { path: 'page.txt' } }] } };
const answer = { reply: { text: 'a word or two '.repeat(20).trim(), deltas: 20 } };
/** One after the other. */
const script = (agents: number): string => `export const meta = { name: 'bench', description: '${agents} agents.' };
for (let n = 0; n < ${agents}; n += 1) await agent('read the page again and again, agent ' + n, { maxTurns: ${TURNS} });
`;

const COMMAND = [
  `(trap '' TERM; echo $BASHPID >> pids; while :; do sleep 1000; done) &`,
  `sleep 1000 & echo $! >> pids`,
  `echo $$ >> pids; echo ready >> pids; wait`,
].join('\n');
const shell = { reply: { tools: [{ name: 'Bash', input: { command: COMMAND } }] } };

const JOBS = {
  loop: () => {
    const agents = Array.from({ length: AGENTS }, () => [
      { ...reading, times: TURNS - 1 },
      { ...answer, times: 1 },
    ]);
    return withEngine(agents.flat(), async (engine, folder) => {
      await writeFile(join(folder, 'page.txt'), PAGE);
      return { cpuMs: await measuredAgents(engine, folder) };
    });
  },
  abort: () =>
    withEngine([shell], async (engine, folder) => {
      const ms: number[] = [];
      for (let n = 0; n < STOPS; n += 1) ms.push(await stopped(engine, folder));
      return { ms };
    }),
};

/** CPU of this process a turn, of each agent from its start to its end. */
async function measuredAgents(engine: Engine, folder: string): Promise<number[]> {
  const request = { script: script(AGENTS), cwd: folder, permissionMode: 'bypass', attended: false } as const;
  const launched = await engine.launch(request);
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const cpuMs: number[] = [];
  let before = process.cpuUsage();
  let turns = 0;
  const watching = engine.subscribe(launched.runId, 1, (batch) => {
    for (const { type } of batch) {
      if (type === 'agent.started') {
        before = process.cpuUsage();
        turns = 0;
      } else if (type === 'agent.replied') turns += 1;
      else if (type === 'agent.ended') {
        const { user, system } = process.cpuUsage(before);
        if (turns !== TURNS) throw new Error(`An agent had ${turns} turns`);
        cpuMs.push((user + system) / 1000 / TURNS);
      }
    }
  });
  await engine.finished(launched.runId);
  watching.dispose();
  return cpuMs;
}

async function stopped(engine: Engine, folder: string): Promise<number> {
  const file = join(folder, 'pids');
  await rm(file, { force: true });
  const request = { script: script(1), cwd: folder, permissionMode: 'bypass', attended: false } as const;
  const launched = await engine.launch(request);
  if (launched.status === 'refused') throw new Error(launched.errors.join('\n'));
  const { runId } = launched;
  const pids = await begun(file);
  if (pids.length !== 3 || !pids.every(isAlive))
    throw new Error(`The command's processes are not there: ${pids.join()}`);
  const from = performance.now();
  engine.dispatch({ type: 'run.stop', runId, commandId: `stop-${runId}` });
  await engine.finished(runId);
  while (pids.some(isAlive)) await sleep(1);
  return performance.now() - from;
}

/** The ids of the command's processes, once all of them are there. */
async function begun(file: string): Promise<number[]> {
  for (;;) {
    const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n');
    if (lines.includes('ready') && lines.length === 4) return lines.filter((line) => line !== 'ready').map(Number);
    await sleep(5);
  }
}

/** What has ended and waits for its parent to notice runs no more; an orphan's parent is the system, which takes its time. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

const job = JOBS[process.argv[2] as keyof typeof JOBS];
process.stdout.write(`${JSON.stringify(await job())}\n`);
