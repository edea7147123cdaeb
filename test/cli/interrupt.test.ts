import { describe, expect, test } from 'vitest';
import { type Desk, script, withDesk } from './dwf.ts';

/** The first agent answers, the others never do. */
async function slowRun({ write, start }: Desk, argv: readonly string[] = []) {
  const rules = await write(
    'rules.json',
    JSON.stringify([
      { when: { prompt: 'quick' }, reply: { text: 'quick answer' } },
      { reply: { text: 'late', latencyMs: 600_000 } },
    ]),
  );
  const file = await write(
    'slow.js',
    script("const first = await agent('quick'); log('waiting'); return [first, await agent('never')];", 'slow'),
  );
  const started = start(['run', file, '--simulate', rules, ...argv]);
  await started.says('waiting');
  return started;
}

describe('stopping', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops the agents, saves the run and says how to resume', (signal) =>
    withDesk(async (desk) => {
      const started = await slowRun(desk);
      started.child.kill(signal);
      const { code, stdout, stderr } = await started.ended;
      expect(code).toBe(130);
      expect(stdout).toContain('Stopping… press Ctrl-C again to leave at once.');
      expect(stdout).toMatch(/slow: stopped after/);
      const [, runId] = /Resume with: dwf resume (\S+)/.exec(stderr) ?? [];
      const list: unknown = JSON.parse((await desk.dwf(['runs', '--json'])).stdout);
      expect(list).toMatchObject([{ runId, status: 'stopped' }]);
    }),
  );

  test('with --json too: one object, status stopped, exit code 130', () =>
    withDesk(async (desk) => {
      const started = await slowRun(desk, ['--events', '--json']);
      started.child.kill('SIGINT');
      const { code, stdout } = await started.ended;
      expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
        workflowName: 'slow',
        status: 'stopped',
      });
      expect(code).toBe(130);
    }));

  test('twice: it leaves, and nothing that was journaled is lost', () =>
    withDesk(async (desk) => {
      const started = await slowRun(desk);
      started.child.kill('SIGINT');
      await started.says('Stopping…');
      started.child.kill('SIGINT');
      const { code, stderr } = await started.ended;
      expect(code).toBe(130);
      const [, runId = ''] = /Resume with: dwf resume (\S+)/.exec(stderr) ?? [];
      const rules = await desk.write('quick.json', JSON.stringify([{ reply: { text: 'at last' } }]));
      const resumed = await desk.dwf(['resume', runId, '--simulate', rules, '--json']);
      expect(JSON.parse(resumed.stdout)).toMatchObject({ result: ['quick answer', 'at last'], usage: { requests: 1 } });
    }));

  test('killed outright: interrupted in every view; what was journaled is not asked again', () =>
    withDesk(async (desk) => {
      const started = await slowRun(desk);
      started.child.kill('SIGKILL');
      await started.ended;
      const list = JSON.parse((await desk.dwf(['runs', '--json'])).stdout) as { runId: string; status: string }[];
      expect(list.map((run) => run.status)).toEqual(['interrupted']);
      const runId = list[0]?.runId ?? '';
      expect((await desk.dwf(['show', runId])).stdout).toContain(
        `It was interrupted. Resume with: dwf resume ${runId}`,
      );
      const rules = await desk.write('quick.json', JSON.stringify([{ reply: { text: 'at last' } }]));
      const resumed = await desk.dwf(['resume', runId, '--simulate', rules, '--json']);
      expect(resumed.stderr).toMatch(/^1 of [12] calls? comes from the journal and costs nothing; /);
      expect(JSON.parse(resumed.stdout)).toMatchObject({
        status: 'completed',
        result: ['quick answer', 'at last'],
        usage: { requests: 1 },
      });
    }));

  test('W45 a run that is still going cannot be resumed', () =>
    withDesk(async (desk) => {
      const started = await slowRun(desk, ['--events']);
      const list = JSON.parse((await desk.dwf(['runs', '--json'])).stdout) as {
        runId: string;
        status: string;
        pid: number;
      }[];
      expect(list).toMatchObject([{ status: 'running', pid: started.child.pid }]);
      const refused = await desk.dwf(['resume', list[0]?.runId ?? '']);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/still running/);
      started.child.kill('SIGINT');
      await started.ended;
    }));

  test('a reader that goes away ends the run quietly', () =>
    withDesk(async (desk) => {
      const started = await slowRun(desk);
      started.child.stdout?.destroy();
      // The next line meets a closed pipe; nobody is left to be told.
      started.child.kill('SIGTERM');
      const { code, stderr } = await started.ended;
      expect(code).toBe(130);
      expect(stderr).not.toMatch(/EPIPE|Error/);
    }));
});
