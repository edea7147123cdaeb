import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Emitter } from '../base/emitter.ts';
import { MAX_CONTROL_LINE } from '../protocol/control.ts';
import { MAX_MESSAGE, MAX_PROMPT } from '../protocol/limits.ts';
import type { Command, Event } from '../protocol/messages.ts';
import { controlAddresses } from './controlAddress.ts';
import { sendControl } from './controlClient.ts';
import { openControlSocket, type ControlSocket } from './controlSocket.ts';
import { claimRun } from './runLock.ts';
import { COMMAND_MARK } from './strayProcesses.ts';
import { watchRun } from './watchRun.ts';

const RUN = 'test-run';
const QUICK = { connectMs: 200, answerMs: 300 };

/** A run that refuses to pause, throws at a restart, and takes all else. */
function fakeRuntime() {
  const events = new Emitter<readonly Event[]>();
  const deltas = new Emitter<string>();
  const taken: Command[] = [];
  return {
    taken,
    events,
    subscribe: (_runId: string, _from: number, on: (batch: readonly Event[]) => void) => events.on(on),
    deltas,
    listen: (_runId: string, on: (delta: string) => void) => deltas.on(on),
    dispatch: (command: Command): void => {
      taken.push(command);
      const { commandId, runId } = command;
      if (command.type === 'agent.restart') throw new Error('a bug');
      if (command.type !== 'run.pause') return;
      events.emit([{ seq: 1, at: 0, runId, type: 'refused', commandId: 'of another one', error: 'no' }]);
      events.emit([{ seq: 2, at: 0, runId, type: 'refused', commandId, error: 'It is paused already.' }]);
    },
  };
}

interface Stage {
  readonly runtime: ReturnType<typeof fakeRuntime>;
  readonly dir: string;
  readonly open: (takesAnswers?: boolean) => Promise<ControlSocket>;
}

/** A run's folder that this process owns, `deep` beneath the temporary folder. */
async function withRun(use: (stage: Stage) => Promise<void>, deep = ''): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-control-'));
  const dir = join(folder, deep, 'home/projects/p-1/runs', RUN);
  await mkdir(dir, { recursive: true });
  const claim = await claimRun(dir);
  const runtime = fakeRuntime();
  const opened: ControlSocket[] = [];
  const open = async (takesAnswers = false): Promise<ControlSocket> => {
    const socket = await openControlSocket(runtime, { runId: RUN, dir, takesAnswers });
    opened.push(socket);
    return socket;
  };
  try {
    await use({ runtime, dir, open });
  } finally {
    for (const socket of opened) socket.close();
    if (claim.kind === 'claimed') await claim.lock.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes to the socket as it is; resolves to all that comes back until it is closed. */
function raw(address: string, parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const peer = createConnection(address, () => {
      for (const part of parts) peer.write(part);
    });
    let text = '';
    peer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    peer.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    peer.on('close', () => resolve(text));
  });
}

describe('W46 the control socket', () => {
  test('W46 takes a command, or hands on why the run refused it', () =>
    withRun(async ({ open, dir, runtime }) => {
      await open();
      const run = { runId: RUN, dir };
      expect(await sendControl(run, { type: 'run.stop' })).toEqual({ kind: 'accepted' });
      expect(await sendControl(run, { type: 'run.pause' })).toEqual({
        kind: 'refused',
        message: 'It is paused already.',
      });
      expect(await sendControl(run, { type: 'agent.restart', agentId: 'a1' })).toEqual({
        kind: 'refused',
        message: 'It failed: a bug',
      });
      const long = '\u0001'.repeat(MAX_MESSAGE);
      expect(await sendControl(run, { type: 'agent.steer', agentId: 'a1', message: long })).toEqual({
        kind: 'accepted',
      });
      expect(runtime.taken.map(({ type }) => type)).toEqual(['run.stop', 'run.pause', 'agent.restart', 'agent.steer']);
      expect(runtime.taken.at(-1)).toMatchObject({ runId: RUN, agentId: 'a1', message: long });
      expect(runtime.events.size).toBe(0);
    }));

  test('W46 takes as long a prompt as a page does, and no longer one', () =>
    withRun(async ({ open, dir, runtime }) => {
      await open();
      const run = { runId: RUN, dir };
      const text = '\u0001'.repeat(MAX_PROMPT);
      expect(await sendControl(run, { type: 'session.say', text })).toEqual({ kind: 'accepted' });
      expect(runtime.taken).toMatchObject([{ type: 'session.say', text }]);
      const refused = { kind: 'refused', message: expect.stringMatching(/text: Too big.*200000/) as unknown };
      expect(await sendControl(run, { type: 'session.say', text: `${text}.` })).toEqual(refused);
    }));

  const command = (more: object): string => `${JSON.stringify({ commandId: 'c', runId: RUN, ...more })}\n`;

  test.each([
    { name: 'garbage', parts: ['hello\n'], says: /no command that can come from outside/ },
    { name: 'an empty line', parts: ['\n'], says: /no command/ },
    { name: 'an unknown command', parts: [command({ type: 'run.explode' })], says: /no command.*type/ },
    { name: 'a member too many', parts: [command({ type: 'run.stop', also: 1 })], says: /no command.*also/ },
    { name: 'a number below its least', parts: [command({ type: 'run.set', concurrency: 0 })], says: /concurrency/ },
    {
      name: 'leave for an agent',
      parts: [command({ type: 'permission.answer', requestId: 'r', allow: true })],
      says: /answered where the run is/,
    },
    {
      name: 'leave for more than once',
      parts: [command({ type: 'permission.answer', requestId: 'r', allow: true, scope: 'always' })],
      says: /no command.*scope/,
    },
    { name: 'a watch from nowhere', parts: [command({ type: 'watch', from: 0 })], says: /no wish to watch/ },
    {
      name: 'a watch of another run',
      parts: [`${JSON.stringify({ type: 'watch', runId: 'other', from: 1 })}\n`],
      says: /Here is run test-run, and not other\./,
    },
    {
      name: 'a command to another run',
      parts: [command({ type: 'run.stop', runId: 'other' })],
      says: /Here is run test-run, and not other\./,
    },
    { name: 'a huge line', parts: ['x'.repeat(4 * MAX_CONTROL_LINE), '\n'], says: /at most 1265536 characters/ },
    { name: 'a line without end', parts: Array<string>(64).fill('{'.repeat(64 * 1024)), says: /at most 1265536/ },
    {
      name: 'something odd after a good line is not read',
      parts: [command({ type: 'run.stop' }), command({ type: 'run.pause' })],
      says: /^\{"commandId":"c","error":null\}\n$/,
      taken: 1,
    },
    {
      name: 'a line in pieces',
      parts: Array.from(command({ type: 'run.stop' })),
      says: /^\{"commandId":"c","error":null\}\n$/,
      taken: 1,
    },
  ])('W46 a peer is not trusted: $name', ({ parts, says, taken = 0 }) =>
    withRun(async ({ open, dir, runtime }) => {
      const { address } = await open();
      expect(await raw(address, parts)).toMatch(says);
      expect(runtime.taken).toHaveLength(taken);
      // And it still serves the next one.
      expect(await sendControl({ runId: RUN, dir }, { type: 'run.stop' })).toEqual({ kind: 'accepted' });
    }),
  );

  test('W46 is for its owner’s eyes, and gone when it is closed', () =>
    withRun(async ({ open }) => {
      const socket = await open();
      expect((await stat(socket.address)).mode & 0o777).toBe(0o600);
      expect((await stat(dirname(socket.address))).mode & 0o777).toBe(0o700);
      socket.close();
      await expect(stat(socket.address)).rejects.toThrow('ENOENT');
    }));

  test('W46 what a dead owner has left is replaced', () =>
    withRun(async ({ open, dir }) => {
      const [address = ''] = await controlAddresses(dir);
      await mkdir(dirname(address), { recursive: true });
      await writeFile(address, 'stale');
      await open();
      expect(await sendControl({ runId: RUN, dir }, { type: 'run.stop' })).toEqual({ kind: 'accepted' });
    }));

  test('W46 a long way to the home is no hindrance, and two homes do not meet', async () => {
    const deep = 'far/'.repeat(30);
    await withRun(
      (first) =>
        withRun(async (second) => {
          const [one, two] = [await first.open(), await second.open()];
          expect(one.address).toMatch(/^\/tmp\/dynamic-workflows-\d+\/[0-9a-f]{24}$/);
          expect(two.address).not.toBe(one.address);
          await sendControl({ runId: RUN, dir: first.dir }, { type: 'run.stop' });
          expect([first.runtime.taken.length, second.runtime.taken.length]).toEqual([1, 0]);
        }, deep),
      deep,
    );
  });
});

/** Sends a command in a process of its own, and resolves to what came of it. */
function fromElsewhere(dir: string, environment: Readonly<Record<string, string>>, before = ''): Promise<unknown> {
  const client = new URL('./controlClient.ts', import.meta.url).href;
  const code = `import { sendControl } from ${JSON.stringify(client)};
    const steer = { type: 'agent.steer', agentId: 'a1', message: 'more' };
    console.log(JSON.stringify(await sendControl(${JSON.stringify({ runId: RUN, dir })}, steer)));`;
  const script = `${before} "$0" --input-type=module -e "$1" & wait $!`;
  const args = ['-c', script, process.execPath, code];
  return new Promise((resolve, reject) => {
    execFile('/bin/bash', args, { env: { PATH: process.env['PATH'], ...environment } }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message));
      else resolve(JSON.parse(stdout));
    });
  });
}

describe.skipIf(process.platform !== 'linux')('W46 who steers a run', () => {
  const MARK = { [COMMAND_MARK]: 'of-some-command' };
  const refused = { kind: 'refused', message: expect.stringContaining('a command of an agent') as string };

  test('W46 is a person’s process and not a command of an agent', () =>
    withRun(async ({ open, dir, runtime }) => {
      await open();
      expect(await fromElsewhere(dir, {})).toEqual({ kind: 'accepted' });
      expect(await fromElsewhere(dir, MARK)).toEqual(refused);
      expect(await fromElsewhere(dir, MARK, 'env -i')).toEqual(refused);
      expect(runtime.taken).toHaveLength(1);
      expect(await readdir(dirname((await controlAddresses(dir))[0] ?? ''))).toHaveLength(1);
    }));

  test.each([
    { name: 'says nothing of itself', peer: undefined },
    { name: 'names a process that holds no proof', peer: { pid: process.ppid, proof: 'x.peer-1-2' } },
    { name: 'names a process that there is not', peer: { pid: 2 ** 22 + 1, proof: 'x.peer-1-2' } },
    { name: 'leads out of the folder', peer: { pid: process.pid, proof: '../../etc/passwd' } },
  ])('W46 is not one who $name; he may stop it', ({ peer }) =>
    withRun(async ({ open, runtime }) => {
      const { address } = await open();
      const line = (type: string, more: object): string =>
        `${JSON.stringify({ commandId: 'c', runId: RUN, type, ...more, ...(peer ? { peer } : {}) })}\n`;
      expect(await raw(address, [line('run.set', { concurrency: 9 })])).toMatch(/which process|no command/);
      expect(runtime.taken).toEqual([]);
      if (peer === undefined) expect(await raw(address, [line('run.stop', {})])).toContain('"error":null');
    }),
  );
});

describe.skipIf(process.platform !== 'linux')('a run that others may answer and watch', () => {
  test('takes an answer from a person’s process, for this once', () =>
    withRun(async ({ open, dir, runtime }) => {
      const { address } = await open(true);
      const answer = { type: 'permission.answer', requestId: 'r', allow: true } as const;
      expect(await sendControl({ runId: RUN, dir }, answer)).toEqual({ kind: 'accepted' });
      expect(runtime.taken).toMatchObject([answer]);
      const unproven = `${JSON.stringify({ ...answer, commandId: 'c', runId: RUN })}\n`;
      expect(await raw(address, [unproven])).toContain('which process');
      expect(runtime.taken).toHaveLength(1);
    }));

  test('tells a watcher what happens, in its order, until it leaves or the run has ended', () =>
    withRun(async ({ open, dir, runtime }) => {
      await open();
      const seen: unknown[] = [];
      const watcher = {
        events: (events: readonly Event[]) => void seen.push(...events.map(({ seq }) => seq)),
        delta: (text: string) => void seen.push(text),
      };
      const event = (seq: number, type = 'phase.entered') => ({ seq, at: 0, runId: RUN, type, title: 't' }) as Event;
      const leaving = new AbortController();
      const first = watchRun({ runId: RUN, dir, from: 2 }, watcher, leaving.signal);
      await expect.poll(() => runtime.events.size).toBe(1);
      runtime.events.emit([event(1), event(2)]);
      runtime.deltas.emit('Hel');
      runtime.deltas.emit('lo.');
      await expect.poll(() => seen).toEqual([2, 'Hel', 'lo.']);
      leaving.abort();
      expect(await first).toEqual({ kind: 'left' });
      await expect.poll(() => [runtime.events.size, runtime.deltas.size]).toEqual([0, 0]);

      const second = watchRun({ runId: RUN, dir, from: 3 }, watcher, new AbortController().signal);
      await expect.poll(() => runtime.events.size).toBe(1);
      runtime.events.emit([event(3, 'run.ended')]);
      expect(await second).toEqual({ kind: 'ended' });
      expect(seen.at(-1)).toBe(3);
    }));
});

describe('W46 nobody answers', () => {
  test('W46 a run that no process has is not running', () =>
    withRun(async ({ dir }) => {
      const beside = join(dirname(dir), 'other');
      await mkdir(beside);
      const said = { kind: 'not-running', message: 'Run other is not running.' };
      expect(await sendControl({ runId: 'other', dir: beside }, { type: 'run.pause' })).toEqual(said);
      await rm(beside, { recursive: true });
      expect(await sendControl({ runId: 'other', dir: beside }, { type: 'run.pause' })).toEqual(said);
    }));

  test('W46 an owner that does not listen is named, with what to do', () =>
    withRun(async ({ dir }) => {
      expect(await sendControl({ runId: RUN, dir }, { type: 'run.pause' }, QUICK)).toEqual({
        kind: 'silent',
        pid: process.pid,
        message: `Run ${RUN}: its process does not answer (pid ${process.pid}). Stop it with \`kill -9 ${process.pid}\`, then go on with \`dwf resume ${RUN}\`: what has finished is kept.`,
      });
    }));

  test('W46 a session is gone on with as a session', () =>
    withRun(async ({ dir: run }) => {
      const dir = join(dirname(dirname(run)), 'sessions/session-1');
      await mkdir(dir, { recursive: true });
      const say = () => sendControl({ runId: 'session-1', dir }, { type: 'session.say', text: 'hello' }, QUICK);
      expect(await say()).toEqual({
        kind: 'not-running',
        message: 'The session session-1 is not open: go on with `dwf chat --session session-1`.',
      });
      const claim = await claimRun(dir);
      const silent = await say();
      if (claim.kind === 'claimed') await claim.lock.release();
      expect(silent).toEqual({
        kind: 'silent',
        pid: process.pid,
        message: `The session session-1: its process does not answer (pid ${process.pid}). Stop it with \`kill -9 ${process.pid}\`, then go on with \`dwf chat --session session-1\`: what has finished is kept.`,
      });
    }));

  test('W46 an owner that has just begun is waited for', () =>
    withRun(async ({ dir, open }) => {
      const sent = sendControl({ runId: RUN, dir }, { type: 'run.stop' }, { connectMs: 10_000, answerMs: 10_000 });
      await open();
      expect(await sent).toEqual({ kind: 'accepted' });
    }));
});
