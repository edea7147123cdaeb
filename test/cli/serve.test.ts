import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { controlAddresses } from '../../src/node/controlAddress.ts';
import { serveFolder } from '../../src/node/serve/serveLock.ts';
import { startSimulator, type Brain, type Simulator } from '../../src/node/simulator/simulator.ts';
import { COMMAND_MARK } from '../../src/node/strayProcesses.ts';
import { HeldAnswers } from '../vscode/heldAnswers.ts';
import { script, withDesk, type Desk, type Started } from './dwf.ts';

const KEY = 'sk-test-that-nobody-may-see';

interface Stage extends Desk {
  readonly simulator: Simulator;
  readonly held: HeldAnswers;
  readonly home: string;
  /** Begins one and waits until it serves. */
  readonly serve: (...argv: readonly string[]) => Promise<Started>;
  /** Hands a script over; its run's id. */
  readonly handOver: (body: string, ...argv: readonly string[]) => Promise<string>;
  readonly runs: () => Promise<readonly { runId: string; status: string; pid: number | null }[]>;
}

/** Agents answer with the last line of what they were told; those with one of the `held` words when the test lets them. */
async function withStage(held: readonly string[], use: (stage: Stage) => Promise<void>, brain?: Brain): Promise<void> {
  const answers = new HeldAnswers(...held);
  const simulator = await startSimulator({ rules: [answers.brain, brain ?? echo] });
  try {
    await answers.during(() =>
      withDesk(async (desk) => {
        const home = join(desk.folder, 'home');
        await use({
          ...desk,
          ...{ simulator, held: answers, home },
          serve: async (...argv) => {
            const env = { ANTHROPIC_API_KEY: KEY };
            const started = desk.start(['serve', '--base-url', simulator.url, ...argv], { env });
            await started.says('It ends with Ctrl-C');
            return started;
          },
          handOver: async (body, ...argv) => {
            const file = await desk.write('work.js', script(body, 'work'));
            const { stdout, stderr } = await desk.dwf(['run', file, '--detach', '--json', ...argv]);
            if (stdout === '') throw new Error(stderr);
            return (JSON.parse(stdout) as { runId: string }).runId;
          },
          runs: async () =>
            JSON.parse((await desk.dwf(['runs', '--json'])).stdout) as Awaited<ReturnType<Stage['runs']>>,
        });
      }),
    );
  } finally {
    await simulator.close();
  }
}

const echo: Brain = (view) => ({ text: `did ${view.last.split('\n').at(-1) ?? ''}` });

const statusOf = async ({ runs }: Stage, runId: string): Promise<string | undefined> =>
  (await runs()).find((run) => run.runId === runId)?.status;

/** What the simulator was asked by whoever has this in what was said to it. */
const askedFor = ({ simulator }: Stage, word: string): number =>
  simulator.requests.filter(({ messages }) => JSON.stringify(messages.at(-1)).includes(word)).length;

const soon = { timeout: 30_000, interval: 100 };

describe('dwf serve', () => {
  test('has a run that was handed over, after the process that did so has ended; the key stays its own', () =>
    withStage(['slow'], async (stage) => {
      const { child } = await stage.serve();
      const runId = await stage.handOver(
        "return [await agent('quick'), await agent('slow')];",
        '--permission-mode',
        'bypass',
      );
      await expect.poll(() => askedFor(stage, 'slow'), soon).toBe(1);
      expect(await stage.runs()).toMatchObject([{ runId, status: 'running', pid: child.pid }]);
      const status = JSON.parse((await stage.dwf(['serve', '--status', '--json'])).stdout) as object;
      expect(status).toMatchObject({ pid: child.pid, served: [{ kind: 'run', id: runId, about: 'work' }] });
      // Its own terminal is closed: it hears so, and has nowhere to write.
      child.kill('SIGHUP');
      child.stdout?.destroy();
      child.stderr?.destroy();
      stage.held.letGo('slow');
      await expect.poll(() => statusOf(stage, runId), soon).toBe('completed');
      expect((await stage.dwf(['serve', '--status'])).stdout).toContain(`Process ${child.pid} serves`);
      expect((await stage.dwf(['show', runId, '--json'])).stdout).toContain('"result":["did quick","did slow"]');
      const files = await readdir(stage.home, { recursive: true, withFileTypes: true });
      for (const file of files.filter((each) => each.isFile()))
        expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(KEY);
    }));

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s: the next one goes on where it was, and asks nothing twice',
    (signal) =>
      withStage(['slow'], async (stage) => {
        const first = await stage.serve();
        const runId = await stage.handOver("return [await agent('quick'), await agent('slow')];");
        await expect.poll(() => askedFor(stage, 'slow'), soon).toBe(1);
        first.child.kill(signal);
        const { code, stdout } = await first.ended;
        if (signal === 'SIGTERM') {
          expect(code).toBe(0);
          expect(stdout).toContain(`Run ${runId} (work): suspended.`);
        }
        expect(await statusOf(stage, runId)).toBe(signal === 'SIGTERM' ? 'stopped' : 'interrupted');
        const second = await stage.serve();
        await second.says(`Run ${runId} (work) goes on here.`);
        stage.held.letGo('slow');
        await second.says(`Run ${runId} (work): completed.`);
        expect(askedFor(stage, 'quick')).toBe(1);
        const ended = await stage.dwf(['serve', '--stop']);
        expect(ended).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('It had nothing under way.') as string,
        });
        expect((await second.ended).code).toBe(0);
      }),
  );

  test('goes on with what a person resumes there, and not with what a person has stopped', () =>
    withStage(['slow'], async (stage) => {
      const first = await stage.serve();
      const runId = await stage.handOver("return await agent('slow');");
      await expect.poll(() => askedFor(stage, 'slow'), soon).toBe(1);
      expect((await stage.dwf(['stop', runId])).code).toBe(0);
      await first.says(`Run ${runId} (work): stopped.`);
      first.child.kill('SIGTERM');
      await first.ended;
      const second = await stage.serve();
      expect((await stage.dwf(['serve', '--status'])).stdout).toContain('It has no run and no session.');
      const resumed = await stage.dwf(['resume', runId, '--detach', '--json']);
      expect(JSON.parse(resumed.stdout)).toMatchObject({ runId, workflowName: 'work' });
      expect(resumed.stderr).toContain('0 of 1 call');
      stage.held.letGo('slow');
      await second.says(`Run ${runId} (work): completed.`);
    }));

  test('a loop goes on with no terminal, and after the process was killed outright', () =>
    withStage([], async (stage) => {
      const first = await stage.serve();
      const said = await stage.dwf(['chat', '--detach', '-p', '/loop 1m look again', '--json']);
      const { sessionId } = JSON.parse(said.stdout) as { sessionId: string };
      await expect.poll(() => askedFor(stage, 'look again'), soon).toBe(1);
      first.child.kill('SIGKILL');
      await first.ended;
      await hurryLoops(stage.home, sessionId);
      const second = await stage.serve();
      await second.says(`Session ${sessionId} `);
      await expect.poll(() => askedFor(stage, 'look again'), soon).toBeGreaterThan(2);
      expect((await stage.dwf(['stop', sessionId])).stdout).toContain(`Session ${sessionId} is closed.`);
      await second.says(': stopped.');
    }));

  test('takes up a session that repeats something and was left by its terminal', () =>
    withStage([], async (stage) => {
      const here = ['--base-url', stage.simulator.url];
      const env = { ANTHROPIC_API_KEY: KEY };
      const left = await stage.dwf(['chat', '-p', '/loop 1m look again', '--json', ...here], { env });
      const { sessionId } = JSON.parse(left.stdout) as { sessionId: string };
      await hurryLoops(stage.home, sessionId);
      const before = askedFor(stage, 'look again');
      const elsewhere = await stage.serve('--cwd', stage.home);
      expect((await stage.dwf(['serve', '--status'])).stdout).toContain('It has no run and no session.');
      elsewhere.child.kill('SIGTERM');
      await elsewhere.ended;
      const started = await stage.serve();
      await started.says(`Session ${sessionId} `);
      await expect.poll(() => askedFor(stage, 'look again'), soon).toBeGreaterThan(before);
    }));

  test('what a run asks waits for whoever comes by, and is answered from another terminal', () =>
    withStage(
      [],
      async (stage) => {
        const started = await stage.serve();
        const runId = await stage.handOver("return await agent('make it');", '--sandbox', 'off');
        await started.says('waits for an answer: may it use Bash: touch made.txt?');
        expect((await stage.dwf(['show', runId])).stdout).toContain(
          'It waits for an answer. Bash asks for permission: touch',
        );
        expect((await stage.dwf(['answer', runId])).stdout).toBe('Bash asks for permission: touch made.txt\n');
        const agents = { env: { [COMMAND_MARK]: 'of-some-command' } };
        if (process.platform === 'linux')
          expect((await stage.dwf(['answer', runId, 'y'], agents)).stderr).toContain('a command of an agent');
        expect(await stage.dwf(['answer', runId, 'y'])).toMatchObject({ code: 0 });
        await started.says(`Run ${runId} (work): completed.`);
        expect(await readdir(stage.folder)).toContain('made.txt');
      },
      (view) =>
        view.last.includes('make it')
          ? { tools: [{ name: 'Bash', input: { command: 'touch made.txt' } }] }
          : { text: 'made' },
    ));
});

/** Its loops go round every 300 ms, as none that a person sets may. */
async function hurryLoops(home: string, sessionId: string): Promise<void> {
  const files = await readdir(join(home, 'projects'), { recursive: true });
  const log = files.find((file) => file.endsWith(join(sessionId, 'events.ndjson'))) ?? '';
  const path = join(home, 'projects', log);
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll('"everyMs":60000', '"everyMs":300'));
}

describe('dwf serve refuses', () => {
  test('a second one, and what is no request', () =>
    withStage([], async ({ serve, dwf, home }) => {
      const { child } = await serve();
      expect(await dwf(['serve', '--simulate'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`Process ${child.pid} serves already.`) as string,
      });
      const [address = ''] = await controlAddresses(serveFolder(home), home);
      for (const line of [
        'hello',
        '{"type":"serve.explode"}',
        '{"type":"serve.status","also":1}',
        '{"type":"serve.launch","launch":{"cwd":"/"},"terms":{}}',
        `{"type":"serve.launch","launch":{"scriptPath":"/a.js","cwd":"/"},"terms":{"key":"sk"}}`,
        'x'.repeat(2_000_000),
      ])
        expect(await said(address, line)).toMatch(/no request that can come from outside|at most 1265536/);
      if (process.platform === 'linux')
        expect(await said(address, '{"type":"serve.preview","runId":"x"}')).toContain('which process');
      const agents = await dwf(['run', 'fix-failing-tests', '--detach', '--budget', '1k'], {
        env: { [COMMAND_MARK]: 'of-some-command' },
      });
      if (process.platform === 'linux') expect(agents.stderr).toContain('a command of an agent');
      expect((await dwf(['serve', '--status'])).code).toBe(0);
    }));

  test.each([
    { argv: ['run', 'fix-failing-tests', '--detach'], says: 'No process serves here. Begin one with: dwf serve' },
    { argv: ['chat', '--detach', '-p', 'x'], says: 'No process serves here.' },
    { argv: ['serve', '--status'], says: 'No process serves here.' },
    { argv: ['serve', '--stop'], says: 'No process serves here.' },
    { argv: ['serve'], says: 'There is no model to ask' },
    { argv: ['serve', 'all'], says: '"all" is one too many' },
    { argv: ['serve', '--status', '--stop'], says: 'Give one of --status and --stop.' },
    { argv: ['run', 'x.js', '--detach', '--simulate'], says: 'give that flag to dwf serve instead' },
    { argv: ['run', 'x.js', '--detach', '--events'], says: 'nobody waits for the end' },
    { argv: ['demo', '--detach'], says: '--detach goes with run, resume and chat.' },
  ])('$argv says what to do', ({ argv, says }) =>
    withDesk(async ({ dwf }) => {
      const env = { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: undefined };
      expect(await dwf(argv, { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(says) as string });
    }),
  );
});

/** All that comes back to a line. */
function said(address: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const peer = createConnection(address, () => peer.write(`${line}\n`));
    let text = '';
    peer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    peer.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    peer.on('close', () => resolve(text));
  });
}
