import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { runFolders } from '../../src/node/runFiles.ts';
import { seededRandom } from '../../src/node/simulator/random.ts';
import { startSimulator, type Brain, type Simulator } from '../../src/node/simulator/simulator.ts';

const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
const AGENTS = 200;
/** How many runs are tormented: three in every test, more by `npm run test:chaos`. */
const SEEDS = Array.from({ length: Number(process.env['CHAOS_SEEDS'] ?? '3') }, (_, n) => n + 1);
const KILLS = 3;

/** A fan-out, a pipeline and a summary: 200 agents, each with a task of its own. */
const SCRIPT = `export const meta = { name: 'chaos', description: 'Two hundred agents.' };
const first = await parallel(Array.from({ length: 99 }, (_, i) => () => agent('look at ' + i)));
const second = await pipeline(
  Array.from({ length: 50 }, (_, i) => i),
  (i) => agent('draft ' + i),
  (draft, i) => agent('check ' + i + ': ' + draft),
);
return { first, second, sum: await agent('sum up') };
`;

/** Answers depend on the task alone; some take two turns, some are refused once. */
const brain = (): Brain => {
  const refused = new Set<string>();
  return (view) => {
    const task = taskOf(view.prompt);
    const n = Number(/\d+/.exec(task)?.[0] ?? 0);
    if (n % 60 === 3 && !refused.has(task)) {
      refused.add(task);
      return { error: { status: 529 } };
    }
    if (n % 5 === 1 && view.turn === 0)
      return { tools: [{ name: 'Glob', input: { pattern: '*.js' } }], latencyMs: [0, 20] };
    return { text: `done: ${task}`, latencyMs: [0, 30] };
  };
};

const taskOf = (prompt: string): string => prompt.split('\n').at(-1) ?? '';

const outcome = z.object({
  status: z.literal('completed'),
  result: z.object({ first: z.array(z.string()), second: z.array(z.string()), sum: z.literal('done: sum up') }),
});

describe('a run that is killed again and again', () => {
  test.each(SEEDS)(
    `W41 W42 ${KILLS} times with kill -9 (seed %i): the same result, and no finished call is made again`,
    async (seed) => {
      const folder = await mkdtemp(join(tmpdir(), 'dwf-chaos-'));
      const simulator = await startSimulator({ rules: [brain()], seed });
      try {
        await writeFile(join(folder, 'chaos.js'), SCRIPT);
        const random = seededRandom(seed);
        let runId: string | null = null;
        for (let kill = 0; kill < KILLS; kill += 1) {
          const goal: number = (await finishedTasks(folder)).size + 1 + Math.floor(random() * 60);
          const child = runOrResume(folder, simulator, runId);
          const ended = once(child, 'close');
          await Promise.race([journalHas(folder, goal), ended]);
          child.kill('SIGKILL');
          await ended;
          const before = await finishedTasks(folder);
          const asked = simulator.count;
          runId = await onlyRun(folder);
          await answered(simulator);
          const again = simulator.requests.slice(asked).map(({ messages }) => taskOf(textOf(messages[0])));
          expect(again.filter((task) => before.has(task))).toEqual([]);
        }
        const before = await finishedTasks(folder);
        const asked = simulator.count;
        const last = runOrResume(folder, simulator, runId);
        let out = '';
        last.stdout.on('data', (data: Buffer) => (out += data.toString()));
        const [code] = (await once(last, 'close')) as [number | null];
        expect({ code, out: out.slice(0, 500) }).toMatchObject({ code: 0 });
        const { result } = outcome.parse(JSON.parse(out));
        expect(result.first).toEqual(Array.from({ length: 99 }, (_, i) => `done: look at ${i}`));
        expect(result.second).toEqual(Array.from({ length: 50 }, (_, i) => `done: check ${i}: done: draft ${i}`));
        const again = simulator.requests.slice(asked).map(({ messages }) => taskOf(textOf(messages[0])));
        expect(again.filter((task) => before.has(task))).toEqual([]);
        expect((await finishedTasks(folder)).size).toBe(AGENTS);
      } finally {
        await simulator.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      }
    },
  );
});

function runOrResume(folder: string, simulator: Simulator, runId: string | null) {
  const args = runId === null ? ['run', join(folder, 'chaos.js')] : ['resume', runId];
  const env = {
    ...process.env,
    HOME: folder,
    DYNAMIC_WORKFLOWS_HOME: join(folder, 'home'),
    ANTHROPIC_API_KEY: 'chaos',
  };
  return spawn(process.execPath, [CLI, ...args, '--base-url', simulator.url, '--yes', '--json'], {
    ...{ cwd: folder, env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function journalHas(folder: string, lines: number): Promise<void> {
  while ((await finishedTasks(folder)).size < lines) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Requests that were under way when their client died are still on the simulator's mind for a moment. */
async function answered(simulator: Simulator): Promise<void> {
  while (simulator.requests.some(({ end }) => end === 'pending'))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const entry = z.object({ value: z.string() });

/** The tasks that the journal has an answer to. A line that the kill has torn is none. */
async function finishedTasks(folder: string): Promise<ReadonlySet<string>> {
  const dir = await runFolder(folder);
  const text = dir === null ? '' : await readFile(join(dir, 'journal.ndjson'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return new Set(
    lines.flatMap((line) => {
      const parsed = entry.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data.value.replace('done: ', '')] : [];
    }),
  );
}

async function runFolder(folder: string): Promise<string | null> {
  const [only] = await runFolders(join(folder, 'home'));
  return only?.dir ?? null;
}

async function onlyRun(folder: string): Promise<string> {
  const dir = await runFolder(folder);
  if (dir === null) throw new Error('the run left no folder');
  return dir.split('/').at(-1) ?? '';
}

function textOf(message: unknown): string {
  const { content } = message as { readonly content: string | readonly { readonly text?: string }[] };
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n');
}
