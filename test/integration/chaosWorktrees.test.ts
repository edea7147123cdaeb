import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { runFolders } from '../../src/node/runFiles.ts';
import { integerBetween, seededRandom, type Random } from '../../src/node/simulator/random.ts';
import { startSimulator, type Brain, type Simulator } from '../../src/node/simulator/simulator.ts';
import { createGitRepository, type GitRepository } from '../support/gitRepository.ts';
import { unmountBelow } from '../support/unmountBelow.ts';

const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
/** Three in every test, more by `npm run test:chaos`. */
const KILLS = Number(process.env['CHAOS_SEEDS'] ?? '3');
const TIMEOUT_MS = 60_000 + KILLS * 20_000;
/** Changes of each of the four runs, every one with a review: the first run has 50 agents. */
const CHANGES = [25, 4, 4, 4];

/** Each lands as soon as it is reviewed. */
const scriptOf = (run: number): string => `export const meta = { name: 'chaos-${run}', description: 'Many changes.' };
return await pipeline(
  Array.from({ length: ${CHANGES[run]} }, (_, i) => i),
  (i) => change('write out/${run}/' + i + '.txt'),
  async (made) => {
    await review(made, { lenses: ['correctness'] });
    return (await land(made)).status;
  },
);
`;

const brain: Brain = (view) => {
  if (view.system.includes('You are a reviewer')) return { structured: { findings: [] }, latencyMs: [0, 40] };
  const path = taskOf(view.prompt);
  const latencyMs = [0, 40] as const;
  const [last] = view.results;
  // Like any author, one that was interrupted looks at what is there of its work.
  if (last?.name === 'Read' && !last.isError) return { text: `Wrote ${path}`, latencyMs };
  if (view.turn === 0 || last?.name === 'Read')
    return { tools: [{ name: 'Write', input: { path, content: `${path}\n` } }], latencyMs };
  return { tools: [{ name: 'Read', input: { path } }], latencyMs };
};

const taskOf = (prompt: string): string => /write (out\/\d+\/\d+\.txt)/.exec(prompt)?.[1] ?? '';

interface Stage {
  readonly repository: GitRepository;
  readonly simulator: Simulator;
  readonly home: string;
}

/** One run, whatever process it lives in just now. */
class Run {
  readonly #stage: Stage;
  readonly #number: number;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> | null = null;
  #said = '';
  #found: string | undefined;

  constructor(stage: Stage, number: number) {
    this.#stage = stage;
    this.#number = number;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Begins it, or goes on with it. */
  async start(): Promise<void> {
    const dir = await this.#dir();
    const args = dir === null ? ['run', join(this.#stage.home, `chaos-${this.#number}.js`)] : ['resume', idOf(dir)];
    const { home, simulator, repository } = this.#stage;
    const env = { ...process.env, HOME: home, DYNAMIC_WORKFLOWS_HOME: join(home, 'dwf'), ANTHROPIC_API_KEY: 'chaos' };
    const child = spawn(process.execPath, [CLI, ...args, '--base-url', simulator.url, '--yes', '--json'], {
      ...{ cwd: repository.dir, env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#said = '';
    child.stdout.on('data', (data: Buffer) => (this.#said += data.toString()));
    this.#child = child;
    this.#ended = once(child, 'close');
  }

  /** Kills it when so many more of its calls have been answered, unless it ends before. */
  async killAfter(calls: number): Promise<void> {
    const goal = (await this.entries()).length + calls;
    while (this.isAlive && (await this.entries()).length < goal)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async result(): Promise<unknown> {
    await this.#ended;
    return z.object({ status: z.string(), result: z.unknown() }).parse(JSON.parse(this.#said));
  }

  /** What its journal has answers to. A line that a kill has torn is none. */
  async entries(): Promise<readonly z.infer<typeof entry>[]> {
    const dir = await this.#dir();
    const text = dir === null ? '' : await readFile(join(dir, 'journal.ndjson'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => entry.parse(JSON.parse(line)));
  }

  async changes(): Promise<readonly z.infer<typeof changeValue>[]> {
    return (await this.entries()).flatMap(({ kind, value }) => (kind === 'change' ? [changeValue.parse(value)] : []));
  }

  async branch(): Promise<string> {
    return `workflow/${idOf((await this.#dir()) ?? '')}/integration`;
  }

  /** Null before it began. */
  async #dir(): Promise<string | null> {
    this.#found ??= (await runFolders(join(this.#stage.home, 'dwf'))).find(({ runId }) =>
      runId.startsWith(`chaos-${this.#number}-`),
    )?.dir;
    return this.#found ?? null;
  }
}

const entry = z.object({ kind: z.string(), value: z.unknown() });
const changeValue = z.object({
  commit: z.string(),
  branch: z.string(),
  files: z.array(z.object({ path: z.string() })),
});

const idOf = (dir: string): string => dir.split('/').at(-1) ?? '';

/** What a person has in the repository while all of this goes on: commits, something staged, something not, a new file. */
async function personWorks(repository: GitRepository): Promise<void> {
  await repository.write('staged.txt', 'staged\n');
  await repository.git('add', 'staged.txt');
  await repository.write('notes.md', 'half a thought\n');
  await repository.write('mine.txt', 'mine\n');
}

async function whatThePersonHas(repository: GitRepository): Promise<unknown> {
  return {
    head: await repository.git('symbolic-ref', 'HEAD'),
    log: await repository.git('log', '--format=%H %s'),
    status: await repository.git('status', '--porcelain=v2'),
    staged: await repository.git('diff', '--cached'),
    files: await Promise.all(['staged.txt', 'notes.md', 'mine.txt'].map((path) => repository.read(path))),
  };
}

test(
  `W25 W41 X03 four runs on one repository, ${KILLS} times kill -9: all lands, nothing of anybody's is lost`,
  { timeout: TIMEOUT_MS },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'dwf-chaos-'));
    const repository = await createGitRepository({ 'notes.md': 'notes\n', 'out/readme.txt': 'here\n' });
    const simulator = await startSimulator({ rules: [brain], seed: KILLS });
    const stage = { repository, simulator, home };
    try {
      await mkdir(join(home, 'dwf'));
      for (const run of CHANGES.keys()) await writeFile(join(home, `chaos-${run}.js`), scriptOf(run));
      await personWorks(repository);
      const before = await whatThePersonHas(repository);
      const runs = CHANGES.map((_, number) => new Run(stage, number));
      await Promise.all(runs.map((run) => run.start()));
      const random = seededRandom(KILLS);
      const finished: Finished[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) finished.push(await killOne(stage, runs, random));
      const results = await Promise.all(runs.map((run) => run.result()));

      expect(results).toEqual(
        CHANGES.map((count) => ({ status: 'completed', result: Array.from({ length: count }, () => 'landed') })),
      );
      for (const [number, run] of runs.entries()) await expectLanded(repository, run, number);
      expect(finished.flatMap((one) => askedAgain(simulator, one))).toEqual([]);
      expect(await whatThePersonHas(repository)).toEqual(before);
      expect(await repository.git('fsck', '--full', '--no-dangling')).toBe('');
      expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1);
      const left = await readdir(join(home, 'dwf', 'worktrees'), { recursive: true });
      expect(left.filter((path) => path.endsWith('.txt'))).toEqual([]);
    } finally {
      await simulator.close();
      await unmountBelow(home);
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      await repository.dispose();
    }
  },
);

/** What was finished when a run was killed: none of it may be asked for from that request on. */
interface Finished {
  readonly paths: ReadonlySet<string>;
  readonly from: number;
}

/** One of those that live dies and goes on; what it had finished is still there. */
async function killOne({ repository, simulator }: Stage, runs: readonly Run[], random: Random): Promise<Finished> {
  const alive = runs.filter((run) => run.isAlive);
  const victim = alive[Math.floor(random() * alive.length)];
  if (!victim) throw new Error('every run has ended before the last kill');
  await victim.killAfter(integerBetween(random, 1, 4));
  const finished = await victim.changes();
  for (const { commit, branch } of finished)
    expect({ branch, type: await repository.git('cat-file', '-t', commit) }).toEqual({ branch, type: 'commit' });
  const from = simulator.requests.length;
  await victim.start();
  return { paths: new Set(finished.flatMap(({ files }) => files.map(({ path }) => path))), from };
}

function askedAgain({ requests }: Simulator, { paths, from }: Finished): readonly string[] {
  const authors = requests.slice(from).filter(({ system }) => !system.includes('You are a reviewer'));
  return authors.map(({ messages }) => taskOf(JSON.stringify(messages))).filter((path) => paths.has(path));
}

/** The run's branch holds each of its changes, once, and nothing else. */
async function expectLanded(repository: GitRepository, run: Run, number: number): Promise<void> {
  const branch = await run.branch();
  const wanted = Array.from({ length: CHANGES[number] ?? 0 }, (_, i) => `out/${number}/${i}.txt`).sort();
  const landed = await repository.git('diff', '--name-only', 'main', branch);
  expect(landed.split('\n').sort()).toEqual(wanted);
  for (const path of wanted) expect(await repository.git('show', `${branch}:${path}`)).toBe(path);
  expect(await repository.git('rev-list', '--count', `main..${branch}`)).toBe(String(wanted.length));
}
