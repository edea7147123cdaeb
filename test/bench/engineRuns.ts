import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { play, withEngine } from './benchEngine.ts';
import { fanOut } from './cliRun.ts';

/**
 * Runs in a process of its own: `node --expose-gc engineRuns.ts disk|ten|soak`, one line of JSON.
 * `disk`: what one run of 1,000 agents leaves, each of which reads three pages of 10 KB. `ten`: resident memory after each
 * of ten runs of 1,000 agents, and of two before them. `soak`: the same after every 100 of 3,000 agents whose commands write 20 MB each.
 */
const AGENTS = 1_000;
const PAGE = Array.from(
  { length: 200 },
  (_, n) => `${String(n).padStart(4)} a line of a file that an agent reads`,
).join('\n');
const SOAK_AGENTS = 3_000;
const SOAK_EVERY = 100;
const OUTPUT = "head -c 20000000 /dev/zero | tr '\\\\0' 'x'";

const reading = {
  when: { prompt: 'read three pages', turn: 0 },
  reply: { tools: [0, 1, 2].map((n) => ({ name: 'Read', input: { path: `page${n}.txt` } })) },
};
const running = { reply: { tools: [{ name: 'Bash', input: { command: OUTPUT } }] } };
const answer = { reply: { text: 'a word or two '.repeat(20).trim(), deltas: 20 } };

const JOBS = {
  disk: () =>
    withEngine([reading, answer], async (engine, folder) => {
      for (const n of [0, 1, 2]) await writeFile(join(folder, `page${n}.txt`), PAGE);
      const completed = await play(engine, folder, fanOut(AGENTS).replace("'task '", "'read three pages, '"));
      return { folderMb: (await sizeOf(join(folder, 'home', 'projects'))) / 2 ** 20, completed };
    }),
  ten: () =>
    withEngine([answer], async (engine, folder) => {
      const rssMb: number[] = [];
      for (let run = 0; run < 2 + 10; run += 1) {
        await play(engine, folder, fanOut(AGENTS));
        rssMb.push(await settledRss());
      }
      return { rssMb };
    }),
  soak: () =>
    withEngine([{ when: { turn: 0 }, ...running }, answer], async (engine, folder) => {
      const rssMb: number[] = [];
      for (let done = 0; done < SOAK_AGENTS; done += SOAK_EVERY) {
        await play(engine, folder, fanOut(SOAK_EVERY));
        rssMb.push(await settledRss());
        process.stderr.write(`${done + SOAK_EVERY} agents, ${rssMb.at(-1)?.toFixed(0) ?? ''} MB\n`);
      }
      return { rssMb, agentsEach: SOAK_EVERY };
    }),
};

/** What stays when all that can be let go is gone: the heap's spare pages too, whose number says nothing about what is held. */
async function settledRss(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await sleep(50);
  }
  return process.memoryUsage().rss / 2 ** 20;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // Blocks, not lengths: a thousand small files take more room than their bytes.
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).blocks * 512),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const job = JOBS[process.argv[2] as keyof typeof JOBS];
process.stdout.write(`${JSON.stringify(await job())}\n`);
