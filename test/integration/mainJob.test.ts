import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { demoBrain } from '../../src/node/simulator/demo/demoBrain.ts';
import { startSimulator, type Simulator } from '../../src/node/simulator/simulator.ts';
import { readMessages } from '../../src/node/transcriptFiles.ts';
import { runGit } from '../support/gitRepository.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'src/cli/main.ts');
const WORKFLOW = join(ROOT, 'workflows/fix-failing-tests.js');

/** What `--json` prints, as far as the main job needs it. */
const runObject = z.object({
  runId: z.string(),
  workflowName: z.literal('fix-failing-tests'),
  status: z.string(),
  result: z.object({
    fixed: z.array(z.object({ file: z.string() })),
    refused: z.array(z.object({ title: z.string(), file: z.string() })),
    failed: z.array(z.unknown()),
    branch: z.string(),
    suite: z.object({ passed: z.number(), failed: z.number() }),
  }),
  failures: z.array(z.unknown()),
  usage: z.object({ agents: z.number(), requests: z.number() }),
});

interface Place {
  readonly sample: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A copy of the sample project as a new repository, and a home of its own. */
async function withSample(body: (place: Place) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-main-job-'));
  const sample = join(folder, 'sample');
  try {
    await cp(join(ROOT, 'media/sample-project'), sample, { recursive: true });
    await runGit(sample, ['init', '-q', '-b', 'main']);
    await runGit(sample, ['add', '-A']);
    await runGit(sample, ['commit', '-q', '-m', 'sample']);
    await body({ sample, env: { ...process.env, HOME: folder, DYNAMIC_WORKFLOWS_HOME: join(folder, 'home') } });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function dwf({ sample, env }: Place, args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: sample, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (output.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.err += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, ended };
}

async function expectMended(place: Place, object: z.infer<typeof runObject>): Promise<void> {
  const { sample } = place;
  expect(object.result.fixed.map(({ file }) => file).sort()).toEqual(
    ['csv', 'lru', 'money', 'ranges', 'semver', 'wrap'].map((name) => `src/${name}.js`),
  );
  expect(object.result.refused).toMatchObject([{ file: 'src/query.js' }]);
  expect(object.result).toMatchObject({ failed: [], suite: { failed: 0 } });
  const changed = await runGit(sample, ['diff', '--name-only', 'main', object.result.branch]);
  expect(changed.split('\n').sort()).toEqual(object.result.fixed.map(({ file }) => file).sort());
  expect(await runGit(sample, ['status', '--porcelain'])).toBe('');
  expect((await runGit(sample, ['worktree', 'list'])).split('\n')).toHaveLength(1);
  const left = await readdir(join(place.env['DYNAMIC_WORKFLOWS_HOME'] ?? '', 'worktrees'), { recursive: true });
  expect(left.filter((path) => path.endsWith('.js'))).toEqual([]);
  expect(await runGit(sample, ['fsck', '--no-dangling'])).toBe('');
}

test('the main job: every seeded bug is mended on one branch, the false report refuted, nothing left behind', async () => {
  await withSample(async (place) => {
    const { code, out, err } = await dwf(place, ['run', WORKFLOW, '--simulate', '--json']).ended;
    expect({ code, err }).toMatchObject({ code: 0 });
    await expectMended(place, runObject.parse(JSON.parse(out)));
  });
});

test('W41 W42 killed with kill -9 half way and resumed: the same end, and no finished agent is asked again', async () => {
  const simulator = await startSimulator({ rules: [demoBrain], latencyMs: 40 });
  try {
    await withSample(async (place) => {
      const model = ['--base-url', simulator.url];
      const killed = dwf(place, ['run', WORKFLOW, ...model, '--yes', '--events']);
      const runId = await killAfter(killed.child, 7);
      await killed.ended;
      const finished = await finishedPrompts(place, runId);
      expect(finished.length).toBeGreaterThanOrEqual(7);

      const before = simulator.requests.length;
      const { code, out, err } = await dwf(place, ['resume', runId, ...model, '--yes', '--json']).ended;
      expect({ code, err }).toMatchObject({ code: 0 });
      await expectMended(place, runObject.parse(JSON.parse(out)));
      const whole = await finishedPrompts(place, runId);
      const asked = tasksAsked(simulator, before);
      // Those that were under way when it died go on in the middle, and do not begin a second time.
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(whole.length - finished.length);
      expect(tooOften(asked, finished, whole)).toEqual([]);
    });
  } finally {
    await simulator.close();
  }
});

/** Kills the process once its events have told of so many finished agents; returns the run's id. */
async function killAfter(child: ReturnType<typeof dwf>['child'], agents: number): Promise<string> {
  let ended = 0;
  let rest = '';
  for await (const data of child.stdout) {
    const lines = (rest + String(data)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = z.looseObject({ type: z.string(), runId: z.string() }).parse(JSON.parse(line));
      if (event.type === 'agent.ended') ended += 1;
      if (ended < agents) continue;
      child.kill('SIGKILL');
      return event.runId;
    }
  }
  throw new Error('the run ended before it was killed');
}

/** First messages of the agents whose answers are in the journal. */
async function finishedPrompts(place: Place, runId: string): Promise<readonly string[]> {
  const runs = join(place.env['DYNAMIC_WORKFLOWS_HOME'] ?? '', 'projects');
  const files = await readdir(runs, { recursive: true });
  const dir = join(runs, files.find((file) => file.endsWith(runId)) ?? '');
  const journal = (await readFile(join(dir, 'journal.ndjson'), 'utf8')).trimEnd().split('\n');
  const entries = journal.map((line) => z.object({ kind: z.string(), agentId: z.string() }).parse(JSON.parse(line)));
  const agents = entries.filter(({ kind }) => kind !== 'land').map(({ agentId }) => agentId);
  return Promise.all(
    agents.map(async (agentId) => {
      const messages = await readMessages(dir, agentId);
      return taskOf(textOf(messages?.[0]?.content));
    }),
  );
}

/** Without the line that names the worktree, which differs from one try to the next. */
function taskOf(prompt: string): string {
  return prompt.slice(prompt.indexOf('\n\n'));
}

/** First requests of agents from request number `from` on. */
function tasksAsked(simulator: Simulator, from: number): readonly string[] {
  const opening = z.object({ messages: z.array(z.object({ content: z.unknown() })).length(1) });
  return simulator.requests.slice(from).flatMap(({ body }) => {
    const parsed = opening.safeParse(body);
    return parsed.success ? [taskOf(textOf(parsed.data.messages[0]?.content))] : [];
  });
}

/** Tasks asked more often than agents were still missing: `whole` are those of the run that came to its end. */
function tooOften(asked: readonly string[], finished: readonly string[], whole: readonly string[]): readonly string[] {
  const count = (tasks: readonly string[], task: string): number => tasks.filter((other) => other === task).length;
  return finished.filter((task) => count(asked, task) > count(whole, task) - count(finished, task));
}

/** The last block: before it stands what all agents of the run are told. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const blocks = z.array(z.looseObject({ text: z.string().optional() })).parse(content);
  return blocks.at(-1)?.text ?? '';
}
