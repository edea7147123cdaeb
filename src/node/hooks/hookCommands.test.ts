import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hookAnswer } from '../../engine/hooks/hookAnswer.ts';
import type { HookResult } from '../../engine/hooks/hookRule.ts';
import { hookSourceContract } from '../../workflow/hooks/hookPort.contract.ts';
import { createGate } from '../gate.ts';
import { createHookCommands } from './hookCommands.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'dynamic-workflows-hook-commands-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const hooks = (platform: NodeJS.Platform = process.platform) =>
  createHookCommands({ gate: createGate(2), env: { ...process.env, MY_TOKEN: 'tok-1' }, home, platform });

function run(
  command: string,
  more: { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<HookResult> {
  const { input = '{}', timeoutMs = 60_000 } = more;
  return hooks().run({ command, cwd: home, input, timeoutMs }, new AbortController().signal);
}

/** Not one that has ended and whose end nobody has asked for. */
async function lives(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(stat);
}

hookSourceContract('commands', hooks);

test('a hook reads the event, says what it says on either stream, and finds its folder', async () => {
  const input = JSON.stringify({ text: 'ä'.repeat(200_000) });
  expect(await run('wc -c; pwd >&2; echo "$CLAUDE_PROJECT_DIR" >&2; exit 3', { input })).toEqual({
    kind: 'exited',
    exitCode: 3,
    stdout: expect.stringMatching(/^\s*400011\n$/) as string,
    stderr: `${home}\n${home}\n`,
  });
});

test('one that does not read its input is not wrong', async () => {
  expect(await run('exec 0<&-; echo done', { input: 'x'.repeat(1_000_000) })).toMatchObject({ stdout: 'done\n' });
});

test('one that hangs is ended with all that it started, and one that leaves something running too', async () => {
  expect(await run('sleep 600 & sleep 600', { timeoutMs: 200 })).toEqual({ kind: 'timed-out' });
  const left = await run('sleep 600 & echo $!');
  if (left.kind !== 'exited') throw new Error(left.kind);
  // It is gone as soon as the system has taken note of it.
  await expect.poll(() => lives(Number(left.stdout)), { timeout: 10_000 }).toBe(false);
});

test('a long answer is kept whole, and one that is longer than any answer says so', async () => {
  const padded = (chars: number): string =>
    `printf '{"decision":"block","reason":"'; head -c ${chars} /dev/zero | tr '\\0' x; printf '"}'`;
  const long = await run(padded(1_000_000));
  expect(hookAnswer('PreToolUse', long)).toEqual({ block: expect.stringMatching(/^x+/) as string });
  const cut = await run(padded(5_000_000));
  expect(cut).toMatchObject({ kind: 'exited', exitCode: 0, stdoutCut: true });
  expect(hookAnswer('PreToolUse', cut)).toEqual({ block: expect.stringContaining('too long to be read') as string });
});

test('no secret is in its environment', async () => {
  expect(await run('echo "[$MY_TOKEN]"')).toMatchObject({ stdout: '[]\n' });
});

test('without a shell of the known kind it does not start', async () => {
  const request = { command: 'true', cwd: home, input: '', timeoutMs: 1_000 };
  expect(await hooks('win32').run(request, new AbortController().signal)).toMatchObject({ kind: 'not-started' });
});
