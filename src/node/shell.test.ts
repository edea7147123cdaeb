import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { TOO_LONG } from '../../test/support/tooLong.ts';
import { commandsContract } from '../workflow/commands.contract.ts';
import { endOf } from '../workflow/commands.fake.ts';
import type { CommandRequest } from '../workflow/commands.ts';
import { createGate } from './gate.ts';
import { createCommands } from './shell.ts';

let dir = '';
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'dwf-shell-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

const never = new AbortController().signal;
const commands = createCommands();
commandsContract(
  'the shell',
  () => commands,
  () => dir,
);

const request = (command: string, more: Partial<CommandRequest> = {}): CommandRequest => ({
  command,
  cwd: dir,
  timeoutMs: 15_000,
  maxChars: 10_000,
  ...more,
});

test.each([
  { name: 'output', command: 'echo hi', exitCode: 0, output: 'hi\n' },
  {
    name: 'both streams in their order',
    command: 'echo a; echo b >&2; echo c; echo d >&2',
    exitCode: 0,
    output: 'a\nb\nc\nd\n',
  },
  { name: 'the exit code', command: 'echo no; exit 7', exitCode: 7, output: 'no\n' },
  { name: 'an empty command', command: '', exitCode: 0, output: '' },
  { name: 'a closed stdin', command: 'cat; echo end', exitCode: 0, output: 'end\n' },
  {
    name: 'quotes, newlines and unicode',
    command: `printf '%s' "it's ä"\nprintf ' %s' '"$X"'`,
    exitCode: 0,
    output: `it's ä "$X"`,
  },
  { name: 'bytes that are no text', command: String.raw`printf 'a\377b'`, exitCode: 0, output: 'a\ufffdb' },
  { name: 'a here-document', command: 'cat <<X\none\nX\n', exitCode: 0, output: 'one\n' },
  { name: 'no exit code when a signal ends it', command: 'kill -9 $$', exitCode: null, output: '' },
])('X10 a command gives $name', async ({ command, exitCode, output }) => {
  const result = await commands.run(request(command), never);
  expect(result).toEqual({ kind: 'exited', exitCode, output, ms: expect.any(Number) as number });
});

test('X10 a command that cannot be found is 127, with the shell’s own line number', async () => {
  const result = endOf(await commands.run(request('true\nno-such-command-here'), never));
  expect(result.exitCode).toBe(127);
  expect(result.output).toMatch(/line [12]: no-such-command-here: command not found/);
});

describe('X10 a command that could not be started has no exit code:', () => {
  const says = (words: string) => ({ kind: 'not-started', message: expect.stringContaining(words) as string });

  test('its folder is not there', async () => {
    const gone = join(dir, 'gone');
    expect(await commands.run(request('echo hi', { cwd: gone }), never)).toEqual(says(`could not start in ${gone}`));
  });

  test('the system takes none so long', async () => {
    expect(await commands.run(request(TOO_LONG), never)).toEqual(says('E2BIG'));
  });

  test('there is no shell', async () => {
    const without = createCommands({ platform: 'win32', exists: () => false });
    expect(await without.run(request('echo hi'), never)).toEqual(says('Git for Windows'));
  });

  test('there is no sandbox for what may run in one alone', async () => {
    expect(await commands.run(request('echo hi', { mustBeConfined: true }), never)).toEqual(says('in a sandbox only'));
  });

  test('the process has no file handles left', async () => {
    const body = `
      import { openSync } from 'node:fs';
      import { createCommands } from ${JSON.stringify(join(import.meta.dirname, 'shell.ts'))};
      const { signal } = new AbortController();
      const request = { command: 'echo hi', cwd: '/', timeoutMs: 5000, maxChars: 100 };
      await createCommands().run(request, signal);
      const held = [];
      try { for (;;) held.push(openSync('/dev/null')); } catch {}
      const result = await createCommands().run(request, signal);
      process.stdout.write(JSON.stringify(result));`;
    await writeFile(join(dir, 'body.mjs'), body);
    const command = `ulimit -n 64; exec '${process.execPath}' body.mjs`;
    const { output } = endOf(await commands.run(request(command), never));
    expect(JSON.parse(output)).toEqual(says('EMFILE'));
  });
});

test('X10 a command sees no secret and no git of its parent', async () => {
  const env = {
    PATH: process.env['PATH'],
    ANTHROPIC_API_KEY: 'sk-x',
    GIT_DIR: '/elsewhere',
    NODE_OPTIONS: '--x',
    PLAIN: 'yes',
  };
  const { output } = endOf(await createCommands({ env }).run(request('env'), never));
  expect(output).toContain('PLAIN=yes');
  expect(output).not.toMatch(/sk-x|GIT_DIR|NODE_OPTIONS/);
});

test('X10 a gigabyte of output stays a page in memory', async () => {
  const before = process.memoryUsage().rss;
  const command = 'echo first; head -c 1000000000 /dev/zero | tr "\\0" x; echo; echo last';
  const { output } = endOf(await commands.run(request(command, { timeoutMs: 60_000 }), never));
  expect(output.length).toBeLessThanOrEqual(10_000);
  expect(output).toMatch(/^first\nx+\n\[… \d+ characters left out …\]\nx+\nlast\n$/);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
}, 60_000);

/** True while the process runs; one that ended and that nobody has collected yet does not. */
async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(stat);
}

const pidFrom = async (name: string): Promise<number> => Number(await readFile(join(dir, name), 'utf8'));

/** A grandchild that ignores SIGTERM and holds the pipes; `ready` appears when it does. */
const stubborn = `bash -c 'trap "" TERM HUP INT; echo $BASHPID > pid; while :; do sleep 0.05; done' & wait`;

async function untilFile(name: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (
      await readFile(join(dir, name), 'utf8').then(
        (text) => text !== '',
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${name} did not appear`);
}

test('X10 a time-out ends the whole group, a grandchild that ignores SIGTERM too', async () => {
  const result = endOf(await commands.run(request(`echo out; ${stubborn}`, { timeoutMs: 700 }), never));
  expect(result).toMatchObject({ kind: 'timed-out', exitCode: null, output: 'out\n' });
  expect(await alive(await pidFrom('pid'))).toBe(false);
});

test('W40 an abort ends the whole group', async () => {
  const aborting = new AbortController();
  const running = commands.run(request(stubborn), aborting.signal);
  await untilFile('pid');
  aborting.abort();
  await expect(running).rejects.toBeInstanceOf(AbortError);
  expect(await alive(await pidFrom('pid'))).toBe(false);
});

test.each([
  { name: 'into another session', command: `setsid bash -c 'echo $BASHPID > pid; exec sleep 60' & wait` },
  { name: 'by two forks', command: `(setsid bash -c 'echo $BASHPID > pid; exec sleep 60' &) ; sleep 60` },
  {
    name: 'and cleared its environment',
    command: `env -i /bin/bash -c 'setsid /bin/bash -c "echo \\$BASHPID > pid; exec sleep 60"' & wait`,
  },
])('W40 an abort ends one who left the group $name and holds the pipes', async ({ command }) => {
  const aborting = new AbortController();
  const running = commands.run(request(command), aborting.signal);
  await untilFile('pid');
  aborting.abort();
  await expect(running).rejects.toBeInstanceOf(AbortError);
  await expect.poll(async () => alive(await pidFrom('pid'))).toBe(false);
});

test('a command that ends takes with it what it sent into another session', async () => {
  const result = await commands.run(
    request(
      `(setsid bash -c 'echo $BASHPID > pid; exec sleep 60' >/dev/null 2>&1 &) ; until [ -s pid ]; do sleep 0.01; done; echo done`,
    ),
    never,
  );
  expect(result).toMatchObject({ exitCode: 0, output: 'done\n' });
  await expect.poll(async () => alive(await pidFrom('pid'))).toBe(false);
});

test('a command with the mark of another one is not its business', async () => {
  const one = commands.run(request('echo $$ > pid; sleep 0.6; echo whole'), never);
  await untilFile('pid');
  await commands.run(request('true'), never);
  expect(await one).toMatchObject({ exitCode: 0, output: 'whole\n' });
});

test.each([
  { name: 'where it went', command: 'mkdir in; cd in; false', folder: 'in' },
  { name: 'where it stood when it said exit', command: 'mkdir in && cd in && exit 3', folder: 'in' },
  { name: 'where it began, whatever subshells did', command: '(cd /); true', folder: '' },
  { name: 'nothing, where its end was taken over', command: "trap 'true' EXIT", folder: null },
  { name: 'nothing, where a signal ended it', command: 'kill -9 $$', folder: null },
])('a command tells $name', async ({ command, folder }) => {
  const cwd = await realpath(dir);
  const result = endOf(await commands.run(request(command, { cwd, tellsFolder: true }), never));
  expect(result.folder).toBe(folder === null ? undefined : folder === '' ? cwd : join(cwd, folder));
});

test('a command in the background takes no place of the others', async () => {
  const gated = createCommands({ gate: createGate(1) });
  const stopping = new AbortController();
  const heard: string[] = [];
  const onOutput = (text: string): void => void heard.push(text);
  const server = gated.run(request('echo up; sleep 60', { background: true, onOutput }), stopping.signal);
  await expect.poll(() => heard.join('')).toBe('up\n');
  expect(await gated.run(request('echo hi'), never)).toMatchObject({ output: 'hi\n' });
  stopping.abort();
  await expect(server).rejects.toBeInstanceOf(AbortError);
});

test('W40 what is aborted before its start never starts', async () => {
  await expect(commands.run(request('touch ran'), AbortSignal.abort())).rejects.toBeInstanceOf(AbortError);
  await expect(readFile(join(dir, 'ran'))).rejects.toThrow('ENOENT');
});

test('what a command leaves behind ends with it', async () => {
  const result = endOf(
    await commands.run(request('sleep 30 & echo $! > pid; sleep 31 > /dev/null 2>&1 & echo done'), never),
  );
  expect(result).toMatchObject({ kind: 'exited', exitCode: 0, output: 'done\n' });
  expect(result.ms).toBeLessThan(1_500);
  expect(await alive(await pidFrom('pid'))).toBe(false);
});

test('W37 commands pass the gate one by one', async () => {
  const gated = createCommands({ gate: createGate(1) });
  await writeFile(join(dir, 'log'), '');
  const command = 'echo in >> log; sleep 0.05; echo out >> log';
  await Promise.all([1, 2, 3].map(() => gated.run(request(command), never)));
  expect(await readFile(join(dir, 'log'), 'utf8')).toBe('in\nout\n'.repeat(3));
});

test('X10 records the whole output in a file for the person alone, and keeps both streams apart', async () => {
  const recordTo = join(dir, 'checks', 'one.txt');
  const command = 'echo out; echo err >&2; seq 1 20000; exit 4';
  const result = endOf(await commands.run(request(command, { recordTo, maxChars: 1_000 }), never));
  expect(result).toMatchObject({ exitCode: 4, streams: { stderr: 'err\n' } });
  expect(result.streams?.stdout).toMatch(/^out\n1\n[^]*characters left out[^]*20000\n$/);
  expect(result.streams?.stdout.length).toBeLessThanOrEqual(1_000);
  const whole = await readFile(recordTo, 'utf8');
  expect(whole.split('\n')).toHaveLength(20_003);
  expect([whole.includes('err\n'), whole.includes('\n20000\n')]).toEqual([true, true]);
  expect((await stat(recordTo)).mode & 0o777).toBe(0o600);
});

test('X10 a command runs although its output cannot be recorded', async () => {
  const recordTo = join(dir, 'folder');
  await mkdir(recordTo);
  const result = await commands.run(request('seq 1 50000 | tail -1', { recordTo }), never);
  expect(result).toMatchObject({ exitCode: 0, streams: { stdout: '50000\n' } });
});
