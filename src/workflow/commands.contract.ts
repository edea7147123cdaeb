import { expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { endOf } from './commands.fake.ts';
import type { CommandRequest, Commands } from './commands.ts';

/** `commands` knows `echo hi; exit 3` and, under that name, no `no-such-command-here`. */
export function commandsContract(name: string, commands: () => Commands, cwd: () => string): void {
  const request = (command: string): CommandRequest => ({ command, cwd: cwd(), timeoutMs: 15_000, maxChars: 1_000 });
  const signal = new AbortController().signal;

  test(`X10 ${name} gives a command's output and exit code`, async () => {
    const result = await commands().run(request('echo hi; exit 3'), signal);
    expect(result).toEqual({ kind: 'exited', exitCode: 3, output: 'hi\n', ms: expect.any(Number) as number });
  });

  test(`X10 ${name} gives 127 for a command that cannot be found`, async () => {
    const result = endOf(await commands().run(request('no-such-command-here'), signal));
    expect(result).toMatchObject({ kind: 'exited', exitCode: 127 });
    expect(result.output).toContain('no-such-command-here: command not found');
  });

  test(`X10 ${name} tells the streams apart where the output is recorded`, async () => {
    const recordTo = `${cwd()}/kept/output.txt`;
    const result = await commands().run({ ...request('echo hi; exit 3'), recordTo }, signal);
    expect(result).toMatchObject({ exitCode: 3, output: 'hi\n', streams: { stdout: 'hi\n', stderr: '' } });
  });

  test(`W40 ${name} rejects what is aborted before its start`, async () => {
    await expect(commands().run(request('echo hi; exit 3'), AbortSignal.abort())).rejects.toBeInstanceOf(AbortError);
  });
}
