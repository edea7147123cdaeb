import { readdir } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startRun } from '../../src/cli/commands/run.ts';
import { fakeIo } from '../../src/cli/io.fake.ts';
import { parseRunFlags } from '../../src/cli/runFlags.ts';
import { startSimulator } from '../../src/node/simulator/simulator.ts';
import type { Forecast } from '../../src/protocol/forecast.ts';
import { script, withDesk } from './dwf.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** All that a script can ask for; the shipped workflow, inside, adds a fan-out with reviews and landings. */
const ALL = script(`const who = await ask('Which?', { default: 'x' });
await check('touch made-by-a-command');
const made = await change('write it', { verify: 'touch made-by-a-command' });
if (made) { await review(made); await land(made, { verify: 'touch made-by-a-command' }); }
await agent('in a tree', { isolation: 'worktree' });
return workflow('fix-failing-tests', { maxFailures: 2 });`);

describe('dwf rehearse', () => {
  test('X08 a table for people, an object for programs; exit code 2 for what cannot run', () =>
    withDesk(async ({ dwf, write, folder }) => {
      await write('good.js', script("phase('Look'); return await agent('x', { tools: [] });", 'good'));
      await write('bad.js', script("await agent('x');\nreturn missing.name;", 'bad'));
      const [good, json, bad] = await Promise.all([
        dwf(['rehearse', 'good.js']),
        dwf(['rehearse', 'good.js', '--json', '--concurrency', '4']),
        dwf(['rehearse', 'bad.js']),
      ]);
      expect(good).toMatchObject({ code: 0, stderr: '' });
      expect(good.stdout).toMatch(/^good: played 9 times with made-up answers; nothing was sent, nothing is spent\n/);
      expect(good.stdout).toMatch(/^ {2}Phase +Agents +Output tokens +Money +After$/m);
      expect(good.stdout).toMatch(/^ {2}Look +1 +800 \(200–4\.0k\) +<\$0\.01 \(/m);
      expect(good.stdout).toMatch(/^No past runs of this workflow in this folder: tokens per agent are assumed/m);
      expect(json).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(json.stdout)).toMatchObject({
        ...{ version: 1, workflowName: 'good', concurrency: 4, plays: 9, bounded: true, findings: [] },
        agents: { min: 1, likely: 1, max: 1 },
        outputTokens: { min: 200, likely: 800, max: 4_000 },
        phases: [{ title: 'Look' }],
      });
      expect(bad.code).toBe(2);
      expect(bad.stdout).toMatch(/^bad\.js:3:8 error X08-script-error In all 7 plays this breaks: ReferenceError: /m);
      expect((await readdir(folder)).sort()).toEqual(['bad.js', 'good.js']);
    }));

  test.each([
    { argv: ['rehearse'], says: /^Name a workflow or give a file: dwf rehearse/ },
    { argv: ['rehearse', 'nowhere.js'], says: /There is no file .*nowhere\.js/ },
    { argv: ['rehearse', 'good.js', '--events'], says: /^--events is for runs/ },
    { argv: ['rehearse', 'good.js', '--simulate'], says: /^--simulate is for runs/ },
    { argv: ['rehearse', 'good.js', '--args', '3'], says: /args of test/ },
  ])('X08 $argv is refused in one line', ({ argv, says }) =>
    withDesk(async ({ dwf, write }) => {
      const meta = "name: 'test', description: 'd', args: { type: 'object' }";
      await write('good.js', `export const meta = { ${meta} };\nreturn 1;\n`);
      const { code, stdout, stderr } = await dwf(argv);
      expect(stderr).toMatch(says);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }),
  );

  test('X08 it needs no leave to write, to start a process or to use the network', () =>
    withDesk(async ({ write, folder }) => {
      await write('all.js', ALL);
      const deaf = `data:text/javascript,${encodeURIComponent(NO_NETWORK)}`;
      const node = async (argv: readonly string[]) => {
        const fenced = ['--permission', '--allow-fs-read=*', '--allow-worker', '--import', deaf, MAIN, ...argv];
        const child = spawn(process.execPath, fenced, { cwd: folder, env: { ...process.env, HOME: folder } });
        const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
        return { code: child.exitCode, said: out + err };
      };
      const rehearsed = await node(['rehearse', 'all.js']);
      expect(rehearsed.said).toMatch(/^test: played 9 times/);
      expect(rehearsed.code).toBe(0);
      expect(await readdir(folder)).toEqual(['all.js']);
      // The fence holds: what a run does is kept out by it.
      expect((await node(['run', 'all.js', '--simulate'])).said).toMatch(/restricted|NO NETWORK/);
    }));
});

const NO_NETWORK = `import net from 'node:net';
import dns from 'node:dns';
const no = () => { throw new Error('NO NETWORK'); };
net.Socket.prototype.connect = no;
net.Server.prototype.listen = no;
dns.lookup = no;`;

describe('X08 W35 the forecast of a real run', () => {
  const range = (max: number) => ({ min: 1, likely: 2, max });
  const forecast = async (): Promise<Forecast> => ({
    ...{ agents: range(3), outputTokens: range(40_000), usd: range(4), ms: range(5), bounded: true },
  });

  /** Two agents one after the other, of which the first one uses more than twice what was forecast. */
  async function runs(argv: readonly string[], options: Parameters<typeof fakeIo>[0]) {
    const simulator = await startSimulator({ rules: [{ reply: { text: 'x', usage: { outputTokens: 120_000 } } }] });
    try {
      return await withDesk(async ({ write, folder }) => {
        const scriptPath = await write('two.js', script("await agent('one');\nreturn await agent('two');"));
        const env = { ...process.env, DYNAMIC_WORKFLOWS_HOME: join(folder, 'home') };
        const io = fakeIo({ ...options, cwd: folder, env: env });
        const flags = await parseRunFlags(io, 'run', ['two.js', ...argv]);
        const model = { kind: 'api', apiKey: 'k', baseURL: simulator.url } as const;
        const code = await startRun(io, flags, { scriptPath, workflowName: 'test', model, forecast });
        return { code, out: io.out(), requests: simulator.count };
      });
    } finally {
      await simulator.close();
    }
  }

  test('is shown before the question whether to start', async () => {
    const { code, out, requests } = await runs([], { terminal: { columns: 100, rows: 30 }, lines: ['n'] });
    expect(out).toMatch(/\nLikely 2 \(1–3\) agents, 2 \(1–40\.0k\) output tokens, \$2\.00 .*\nStart\? /);
    expect({ code, requests }).toEqual({ code: 2, requests: 0 });
  });

  test('limits it: nobody is there, so it stops', async () => {
    const { code, out, requests } = await runs(['--json'], {});
    expect(JSON.parse(out)).toMatchObject({
      status: 'stopped',
      message: expect.stringMatching(/safety limit/i) as unknown,
    });
    expect({ code, requests }).toEqual({ code: 3, requests: 1 });
  });

  test('limits nothing where a person has set a cap', async () => {
    const { code, requests } = await runs(['--json', '--budget', '1M'], {});
    expect({ code, requests }).toEqual({ code: 0, requests: 2 });
  });
});
