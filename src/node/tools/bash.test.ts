import { describe, expect, test } from 'vitest';
import { bench, content, error, ok, prepared, run, useToolBench } from '../../../test/support/toolBench.ts';
import { isAbort } from '../../base/abort.ts';

useToolBench();

describe('Bash', () => {
  test('answers with output, and with the exit code of a failure', async () => {
    expect(await ok('Bash', { command: 'pwd; echo err >&2' })).toBe(`${bench.root}\nerr`);
    expect(await ok('Bash', { command: 'true' })).toBe('(no output)');
    expect(await error('Bash', { command: 'echo no; exit 3' })).toBe('Exit code 3\nno');
  });

  test('ends what takes too long', async () => {
    expect(await error('Bash', { command: 'echo begun; sleep 30', timeoutMs: 300 })).toBe(
      'Ended after 0.3 s, before it was done.\nbegun',
    );
  });

  test('an abort ends a command that never ends within a second', async () => {
    const abort = new AbortController();
    const running = run(
      'Bash',
      { command: 'echo $$ > pid; while true; do sleep 1; done' },
      bench.tools,
      abort.signal,
    ).catch((thrown: unknown) => thrown);
    await expect.poll(() => content('pid').catch(() => ''), { timeout: 5000 }).toMatch(/\d\n/);
    const from = performance.now();
    abort.abort();
    expect(isAbort(await running)).toBe(true);
    expect(performance.now() - from).toBeLessThan(1000);
    const pid = Number(await content('pid'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('shows and asks for the command', async () => {
    const preparation = await prepared('Bash', { command: '  npm test\nnpm run lint ' });
    expect(preparation).toMatchObject({
      kind: 'ready',
      call: { summary: 'npm test', permission: { tool: 'Bash', access: 'execute', subject: 'npm test\nnpm run lint' } },
    });
    expect(await error('Bash', { command: 'ls', timeoutMs: 600_001 })).toMatch(/timeoutMs: .*<=600000/);
  });
});
