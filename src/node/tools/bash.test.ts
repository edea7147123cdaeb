import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, content, error, newTools, ok, prepared, run, useToolBench } from '../../../test/support/toolBench.ts';
import { isAbort } from '../../base/abort.ts';
import { createSpills } from '../spills.ts';

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

  test('W40 what is too long is kept whole in a file that it names', async () => {
    const outputs = join(bench.outside, 'outputs', 'a1');
    const tools = newTools({ spill: createSpills()(outputs) });
    const outcome = await run('Bash', { command: 'seq 100000' }, tools);
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    const [, bytes, path = ''] = /\n\[all (\d+) bytes of it: (.*)\]$/.exec(outcome.content) ?? [];
    expect(Number(bytes)).toBe(588_895);
    expect(dirname(path)).toBe(outputs);
    expect(await readFile(path, 'utf8')).toBe(Array.from({ length: 100_000 }, (_, n) => `${n + 1}\n`).join(''));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await run('Bash', { command: 'echo short' }, tools);
    expect(await readdir(outputs)).toHaveLength(1);
  });

  test('W40 where a run has no room left for outputs, nothing is kept and nothing named', async () => {
    const spillsIn = createSpills(100_000);
    const tools = newTools({ spill: spillsIn(join(bench.outside, 'outputs', 'a1')) });
    expect(await run('Bash', { command: 'seq 100000' }, tools)).toMatchObject({
      content: expect.stringMatching(/all \d+ bytes of it/) as string,
    });
    const others = newTools({ spill: spillsIn(join(bench.outside, 'outputs', 'a2')) });
    const outcome = await run('Bash', { command: 'seq 100000' }, others);
    expect(outcome).toMatchObject({ kind: 'ok', content: expect.stringContaining('characters left out …]') as string });
    expect(JSON.stringify(outcome)).not.toContain('bytes of it');
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
