import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killLeftoverCommands } from './commandRecords.ts';
import { processStart } from './processStart.ts';
import { createCommands } from './shell.ts';

let home = '';
let owner: ChildProcess | undefined;
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), 'dwf-commands-'))));
afterEach(async () => {
  owner?.kill('SIGKILL');
  owner = undefined;
  await rm(home, { recursive: true, force: true });
});

const lives = (pid: number): boolean => processStart(pid).kind === 'started';
const records = (): Promise<string[]> => readdir(join(home, 'commands')).catch(() => []);

/** A process of its own that runs a command which starts another, ignores SIGTERM and does not end; gives both pids. */
async function runInOtherProcess(): Promise<readonly number[]> {
  const command = `trap '' TERM HUP; sleep 60 & echo "$$ $!" > ${home}/pids.new; mv ${home}/pids.new ${home}/pids; while :; do sleep 0.05; done`;
  const request = { command, cwd: home, timeoutMs: 60_000, maxChars: 100 };
  const code = `
    const { createCommands } = await import(${JSON.stringify(join(import.meta.dirname, 'shell.ts'))});
    await createCommands({ home: ${JSON.stringify(home)} }).run(${JSON.stringify(request)}, new AbortController().signal);`;
  owner = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'inherit', 'inherit'] });
  await expect.poll(() => readFile(join(home, 'pids'), 'utf8').catch(() => ''), { timeout: 10_000 }).not.toBe('');
  return (await readFile(join(home, 'pids'), 'utf8')).trim().split(' ').map(Number);
}

async function kill(process: ChildProcess | undefined): Promise<void> {
  if (!process) throw new Error('nothing to kill');
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}

test('W44 the commands of a killed process are ended, those of a living one are not', async () => {
  const pids = await runInOtherProcess();
  expect(await killLeftoverCommands(home)).toBe(0);
  expect(pids.map(lives)).toEqual([true, true]);
  await kill(owner);
  expect(pids.map(lives)).toEqual([true, true]);
  expect(await killLeftoverCommands(home)).toBe(1);
  expect(lives(pids[0] ?? 0)).toBe(false);
  await expect.poll(() => lives(pids[1] ?? 0)).toBe(false);
  expect(await records()).toEqual([]);
});

test('a record whose process number belongs to another one now ends nobody', async () => {
  const pids = await runInOtherProcess();
  await kill(owner);
  const [name = ''] = await records();
  const path = join(home, 'commands', name);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/("leader":\{.*?"started":")/, '$1x'));
  expect(await killLeftoverCommands(home)).toBe(0);
  expect(pids.map(lives)).toEqual([true, true]);
  await writeFile(path, text);
  expect(await killLeftoverCommands(home)).toBe(1);
});

test('a record that was never finished goes once it is old', async () => {
  await mkdir(join(home, 'commands'));
  const path = join(home, 'commands', 'torn.json');
  await writeFile(path, '{"leader":');
  await killLeftoverCommands(home);
  expect(await records()).toEqual(['torn.json']);
  await utimes(path, 1, 1);
  await killLeftoverCommands(home);
  expect(await records()).toEqual([]);
});

test.each([
  { name: 'ends by itself', command: 'exit 3', timeoutMs: 5_000 },
  { name: 'is ended by its time-out', command: 'sleep 20', timeoutMs: 100 },
  { name: 'cannot start', command: 'true', cwd: '/nowhere/at/all', timeoutMs: 5_000 },
])('nothing is left of a command that $name', async ({ command, cwd = home, timeoutMs }) => {
  await createCommands({ home }).run({ command, cwd, timeoutMs, maxChars: 10 }, new AbortController().signal);
  expect(await records()).toEqual([]);
});

test('a command runs where nothing can be noted', async () => {
  await writeFile(join(home, 'commands'), 'in the way');
  const request = { command: 'echo hi', cwd: home, timeoutMs: 5_000, maxChars: 10 };
  const result = await createCommands({ home }).run(request, new AbortController().signal);
  expect(result).toMatchObject({ exitCode: 0, output: 'hi\n' });
});
