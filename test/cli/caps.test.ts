import { describe, expect, test } from 'vitest';
import { script, withDesk } from './dwf.ts';

const LOOP = "for (;;) await agent('x');";
const FOUR = "for (let i = 0; i < 4; i++) await agent('x' + i); return 'all';";

describe('caps from the command line', () => {
  test.each([
    { argv: ['--budget', '$0.05'], says: /The budget of \$0\.0500 .*higher --budget/ },
    { argv: ['--max-agents', '2'], says: /The budget of 2 agents is spent .*--max-agents/ },
    { argv: ['--max-minutes', '0.02'], says: /minutes is spent .*--max-minutes/ },
    { argv: ['--agent-budget', '10'], says: /The budget of this agent of 10 output tokens .*--agent-budget/ },
  ])('W35 $argv ends a run with exit code 3, and says what to do', ({ argv, says }) =>
    withDesk(async ({ dwf, write }) => {
      const ended = await dwf(['run', await write('one.js', script(LOOP)), '--simulate', ...argv]);
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr).toMatch(/Resume with: dwf resume test-/);
      expect(ended.code).toBe(3);
    }),
  );

  test('W35 a run that a cap stopped goes on with a higher one', () =>
    withDesk(async ({ dwf, write }) => {
      const file = await write('one.js', script(FOUR));
      const stopped = await dwf(['run', file, '--simulate', '--max-agents', '2', '--json']);
      const { runId } = JSON.parse(stopped.stdout) as { readonly runId: string };
      expect(JSON.parse((await dwf(['resume', runId, '--json'])).stdout)).toMatchObject({
        status: 'stopped',
      });
      const again = await dwf(['resume', runId, '--max-agents', '4', '--json']);
      expect(JSON.parse(again.stdout)).toMatchObject({ status: 'completed', result: 'all' });
      expect(again.code).toBe(0);
    }));

  test('W35 what a run may use is said before it starts', () =>
    withDesk(async ({ dwf, write }) => {
      const file = await write('one.js', script(FOUR));
      const caps = [
        '--budget',
        '500k',
        '--budget',
        '$5',
        '--max-agents',
        '20',
        '--max-minutes',
        '1.5',
        '--agent-budget',
        '50k',
      ];
      const { stdout } = await dwf(['run', file, '--simulate', ...caps]);
      expect(stdout).toMatch(/ · at most 500\.0k tokens, \$5\.00, 20 agents, 1\.5 minutes, 50\.0k tokens an agent/);
    }));
});
