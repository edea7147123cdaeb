import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { script, withDesk } from './dwf.ts';

describe('dwf', () => {
  test('help, version, and help of one command', () =>
    withDesk(async ({ dwf }) => {
      const help = await dwf(['help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      for (const command of [
        'run',
        'resume',
        'pause',
        'stop',
        'set',
        'steer',
        'runs',
        'sessions',
        'show',
        'validate',
        'simulate',
        'demo',
      ]) {
        expect(help.stdout).toContain(`dwf ${command}`);
        expect((await dwf([command, '--help'])).stdout).toContain(`dwf ${command}`);
      }
      expect((await dwf(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    }));

  test('validate: good and bad files, in words and as JSON', () =>
    withDesk(async ({ dwf, write }) => {
      await write('good.js', script('return 1;', 'good'));
      await write('bad.js', script("const x: number = 1;\nimport('x');"));
      const good = await dwf(['validate', 'good.js']);
      expect(good).toEqual({ code: 0, stdout: 'good.js: good is fine\n', stderr: '' });
      const both = await dwf(['validate', 'good.js', 'bad.js', 'nowhere.js']);
      expect(both.code).toBe(2);
      expect(both.stdout).toBe('good.js: good is fine\n');
      expect(both.stderr).toMatch(/^bad\.js:2:8 error W05/);
      expect(both.stderr).toMatch(/nowhere\.js: There is no file/);
      await write('odd.js', script("return (await agent('x')).trim();", 'odd'));
      const odd = await dwf(['validate', 'odd.js']);
      expect(odd).toMatchObject({ code: 0, stdout: 'odd.js: odd can run, with 1 warning\n' });
      expect(odd.stderr).toMatch(/^odd\.js:2:8 warning W23-unchecked-null /);
      const json = await dwf(['validate', 'good.js', 'bad.js', '--json']);
      expect(json.code).toBe(2);
      expect(JSON.parse(json.stdout)).toMatchObject({
        files: [
          { file: 'good.js', ok: true, name: 'good', errors: [] },
          { file: 'bad.js', ok: false, name: null, errors: [{ line: 2, column: 8 }] },
        ],
      });
    }));

  test('run --json prints one object and nothing else; --result-file keeps it', () =>
    withDesk(async ({ dwf, write, folder }) => {
      const file = await write('one.js', script("return { answer: await agent('x'), args };"));
      const { code, stdout } = await dwf([
        'run',
        file,
        '--simulate',
        '--json',
        '--args',
        '{"deep": [1]}',
        '--result-file',
        'out.json',
      ]);
      const object = JSON.parse(stdout) as Record<string, unknown>;
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(0);
      expect(object).toMatchObject({
        workflowName: 'test',
        status: 'completed',
        result: { args: { deep: [1] } },
        failures: [],
      });
      expect(Object.keys(object)).toEqual([
        'runId',
        'workflowName',
        'status',
        'result',
        'failures',
        'usage',
        'census',
        'resultPath',
      ]);
      expect(Object.keys(object['usage'] as object)).toEqual([
        'agents',
        'requests',
        'inputTokens',
        'outputTokens',
        'cacheReadTokens',
        'usd',
        'ms',
      ]);
      expect(JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'))).toEqual(object);
    }));

  test('run --events: each event a line, the object last with --json', () =>
    withDesk(async ({ dwf, write }) => {
      const file = await write('one.js', script("phase('Ask'); return await agent('x');"));
      const { code, stdout } = await dwf(['run', file, '--simulate', '--events', '--json']);
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { type?: string; seq?: number; status?: string });
      const last = lines.pop();
      expect(code).toBe(0);
      expect(last).toMatchObject({ status: 'completed', result: expect.any(String) as unknown });
      expect(lines.map((event) => event.seq)).toEqual(lines.map((_, index) => index + 1));
      expect([lines.at(0)?.type, lines.at(-1)?.type]).toEqual(['run.started', 'run.ended']);
    }));

  test.each([
    { name: 'completed', body: "return await agent('x');", rules: null, argv: [], code: 0, status: 'completed' },
    {
      name: 'degraded',
      body: "return await agent('x');",
      rules: [{ reply: { error: { status: 400 } } }],
      argv: [],
      code: 3,
      status: 'degraded',
    },
    {
      name: 'stopped by a cap',
      body: "for (;;) await agent('x');",
      rules: null,
      argv: ['--budget', '40'],
      code: 3,
      status: 'stopped',
    },
    { name: 'failed', body: "throw new Error('boom');", rules: null, argv: [], code: 1, status: 'failed' },
  ])('exit code of a run that is $name: $code', ({ body, rules, argv, code, status }) =>
    withDesk(async ({ dwf, write }) => {
      const file = await write('one.js', script(body));
      const simulate =
        rules === null ? ['--simulate'] : ['--simulate', await write('rules.json', JSON.stringify(rules))];
      const ended = await dwf(['run', file, '--json', ...simulate, ...argv]);
      expect(JSON.parse(ended.stdout)).toMatchObject({ status });
      expect(ended.code).toBe(code);
    }),
  );

  test('runs and show, in words and as JSON; a beginning of an id is enough', () =>
    withDesk(async ({ dwf, write }) => {
      expect((await dwf(['runs'])).stdout).toMatch(/^No runs yet/);
      const file = await write('one.js', script("phase('Ask'); return await agent('say x', { label: 'asker' });"));
      for (const _ of [1, 2]) await dwf(['run', file, '--simulate', '--json']);
      const list = JSON.parse((await dwf(['runs', '--json'])).stdout) as {
        runId: string;
        createdAt: number;
        status: string;
      }[];
      expect(list.map((run) => run.status)).toEqual(['completed', 'completed']);
      expect(list.map((run) => run.createdAt)).toEqual(list.map((run) => run.createdAt).sort((a, b) => b - a));
      expect((await dwf(['runs'])).stdout.split('\n')[0]).toMatch(/^test-\S+ +completed +\d{4}-\d\d-\d\d \d\d:\d\d/);
      const runId = list[0]?.runId ?? '';
      expect((await dwf(['show', 'test'])).stderr).toMatch(/^Several runs begin with test: /);
      const shown = await dwf(['show', runId.slice(0, -2)]);
      expect(shown.stdout).toMatch(/Ask\n {2}a1 {2}asker {2}done/);
      const object: unknown = JSON.parse((await dwf(['show', runId, '--json'])).stdout);
      expect(object).toMatchObject({
        runId,
        status: 'completed',
        phases: [{ title: 'Ask', agents: [{ id: 'a1', label: 'asker' }] }],
      });
      expect((await dwf(['show', runId, '--agent', 'a1'])).stdout).toMatch(/asked\n(.*\n)*.*say x(.*\n)*.*says\n/);
      expect(await dwf(['show', runId, '--agent', 'a9'])).toMatchObject({
        code: 2,
        stderr: `There is no agent a9 in run ${runId}. It has: a1\n`,
      });
    }));

  test('W42 W43 resume asks for nothing that is in the journal, and stays simulated by the same rules', () =>
    withDesk(async ({ dwf, write }) => {
      const rules = await write('rules.json', JSON.stringify([{ reply: { text: 'by rule' } }]));
      const file = await write('one.js', script("return [await agent('a'), await agent('b')];"));
      const first = JSON.parse((await dwf(['run', file, '--simulate', rules, '--json'])).stdout) as {
        runId: string;
        result: unknown;
      };
      const again = await dwf(['resume', first.runId, '--json']);
      expect(again.stderr).toContain('2 of 2 calls come from the journal');
      expect(JSON.parse(again.stdout)).toMatchObject({ result: ['by rule', 'by rule'], usage: { requests: 0 } });
      const edited = await write('edited.js', script("return [await agent('b'), await agent('c')];"));
      const third = await dwf(['resume', first.runId, '--script', edited, '--json']);
      expect(JSON.parse(third.stdout)).toMatchObject({ result: ['by rule', 'by rule'], usage: { requests: 1 } });
    }));

  test('simulate serves the Messages API alone until it is interrupted', () =>
    withDesk(async ({ start }) => {
      const server = start(['simulate']);
      await server.says('Ctrl-C ends it');
      server.child.kill('SIGINT');
      const { code, stdout } = await server.ended;
      expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\n/);
      expect(code).toBe(130);
    }));
});
