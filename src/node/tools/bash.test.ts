import { readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  bench,
  content,
  error,
  newTools,
  ok,
  prepared,
  put,
  run,
  useToolBench,
} from '../../../test/support/toolBench.ts';
import { isAbort } from '../../base/abort.ts';
import { endTools } from '../../engine/tool.ts';
import { createCommands } from '../shell.ts';
import { createSpills } from '../spills.ts';

useToolBench();

describe('Bash', () => {
  test('answers with output, and with the exit code of a failure', async () => {
    expect(await ok('Bash', { command: 'pwd; echo err >&2' })).toBe(`${bench.root}\nerr`);
    expect(await ok('Bash', { command: 'true' })).toBe('(no output)');
    expect(await error('Bash', { command: 'echo no; exit 3' })).toBe('Exit code 3\nno');
  });

  test('says of a command that could not be started why, and no exit code', async () => {
    const tools = newTools({ commands: createCommands({ platform: 'win32', exists: () => false }) });
    const message = expect.stringMatching(/^It did not run\. .*Git for Windows/) as string;
    expect(await run('Bash', { command: 'true' }, tools)).toEqual({ kind: 'error', message });
    expect(await run('Bash', { command: 'true', background: true }, tools)).toMatchObject({ kind: 'ok' });
    expect(await run('BashOutput', { id: 'b1', waitMs: 20_000 }, tools)).toEqual({
      kind: 'ok',
      content: expect.stringMatching(/^true: could not be started \(.*Git for Windows/) as string,
    });
  });

  test('a command that is rather a file is refused', async () => {
    expect(await error('Bash', { command: `cat <<'E'\n${'x'.repeat(16_000)}\nE` })).toContain(
      'at most 16000 characters',
    );
  });

  test('ends what takes too long', async () => {
    expect(await error('Bash', { command: 'echo begun; sleep 30', timeoutMs: 300 })).toBe(
      'Ended after 0.3 s, before it was done.\nbegun',
    );
  });

  test('an abort ends a command that never ends', async () => {
    const abort = new AbortController();
    const running = run(
      'Bash',
      { command: 'echo $$ > pid; while true; do sleep 1; done' },
      bench.tools,
      abort.signal,
    ).catch((thrown: unknown) => thrown);
    await expect.poll(() => content('pid').catch(() => ''), { timeout: 5000 }).toMatch(/\d\n/);
    abort.abort();
    expect(isAbort(await running)).toBe(true);
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

describe('the working directory of Bash', () => {
  const bash = (command: string): Promise<string> =>
    run('Bash', { command }).then((outcome) => ('content' in outcome ? outcome.content : JSON.stringify(outcome)));

  test('carries over, and a change of it is told', async () => {
    expect(await bash('mkdir -p a/b; cd a')).toBe(`(no output)\n[Your working directory is now ${bench.root}/a.]`);
    expect(await bash('pwd; cd b')).toBe(`${bench.root}/a\n[Your working directory is now ${bench.root}/a/b.]`);
    expect(await bash('pwd')).toBe(`${bench.root}/a/b`);
  });

  test('changes with a command that fails too', async () => {
    expect(await error('Bash', { command: 'mkdir c; cd c; false' })).toBe(
      `Exit code 1\n(no output)\n[Your working directory is now ${bench.root}/c.]`,
    );
    expect(await bash('pwd')).toBe(`${bench.root}/c`);
  });

  test.each([
    { name: 'outside', command: 'cd ..', shown: () => bench.outside },
    { name: 'outside by a link', command: 'ln -s "$PWD/.." up; cd up', shown: () => bench.outside },
    {
      name: 'where the name only begins alike',
      command: 'mkdir -p ../work2; cd ../work2',
      shown: () => `${bench.root}2`,
    },
    { name: 'where a command only claims to be', command: 'trap "" EXIT; echo /etc >&3', shown: () => '/etc' },
  ])('is not $name', async ({ command, shown }) => {
    expect(await bash(command)).toContain(
      `[Your working directory is ${bench.root} again: it cannot be ${shown()}, outside of ${bench.root}.]`,
    );
    expect(await bash('pwd')).toBe(bench.root);
  });

  test('is the first one again when it has gone, or become a link', async () => {
    await bash('mkdir d; cd d');
    await rm(join(bench.root, 'd'), { recursive: true });
    await symlink(bench.outside, join(bench.root, 'd'));
    expect(await bash('pwd')).toBe(`${bench.root}\n[Your working directory d is gone; this ran in ${bench.root}.]`);
  });

  test('is in what a command asks for, unless it is the first one', async () => {
    const asked = async () => {
      const preparation = await prepared('Bash', { command: 'make' });
      if (preparation.kind !== 'ready') throw new Error('not ready');
      return preparation.call;
    };
    expect((await asked()).permission).not.toHaveProperty('cwd');
    await bash('mkdir f; cd f');
    const call = await asked();
    expect(call.permission).toEqual({
      ...{ tool: 'Bash', access: 'execute', subject: 'make', cwd: join(bench.root, 'f') },
    });
    await rm(join(bench.root, 'f'), { recursive: true });
    expect(await call.run(new AbortController().signal)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('Nothing ran') as string,
    });
  });

  test('is each agent’s own', async () => {
    await bash('mkdir e; cd e');
    expect(await run('Bash', { command: 'pwd' }, newTools())).toEqual({ kind: 'ok', content: bench.root });
  });
});

describe('commands in the background', () => {
  afterEach(() => endTools(bench.tools));

  const start = (command: string): Promise<string> => ok('Bash', { command, background: true });
  const output = (id: string, more = {}): Promise<string> => ok('BashOutput', { id, waitMs: 20_000, ...more });

  test('answer at once, and say later what they said and how they ended', async () => {
    expect(await start('echo one; until [ -e go ]; do sleep 0.01; done; echo two; exit 4')).toMatch(
      /as b1\. BashOutput/,
    );
    expect(await output('b1')).toMatch(/: runs\none$/);
    expect(await output('b1', { waitMs: 0 })).toMatch(/: runs\n\(nothing new\)$/);
    await put('go', '');
    const rest = [await output('b1'), await output('b1')].join('\n');
    expect(rest).toMatch(/\ntwo/);
    expect(rest).toMatch(/: exit code 4\n/);
  });

  test('show of their lines those that are asked for', async () => {
    await start('echo a pass; echo b fail; echo c error; echo d pass; touch said; sleep 60');
    await expect
      .poll(() =>
        content('said').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect
      .poll(async () => output('b1', { filter: 'fail|error', waitMs: 0 }))
      .toBe('echo a pass; echo b fail; echo c error; echo d pass; touch said; sleep 60: runs\nb fail\nc error');
  });

  test('are ended on request, and by the end of their agent', async () => {
    await start('echo $$ > one; exec sleep 60');
    await start('echo $$ > two; setsid sleep 60 & wait');
    await expect.poll(() => content('two').catch(() => '')).toMatch(/\d\n/);
    expect(await ok('KillShell', { id: 'b1' })).toBe('b1 has ended.');
    expect(await output('b1')).toMatch(/: was ended\n/);
    const [one, two] = await Promise.all([content('one'), content('two')]);
    expect(() => process.kill(Number(one), 0)).toThrow(/ESRCH/);
    expect(() => process.kill(Number(two), 0)).not.toThrow();
    await endTools(bench.tools);
    expect(() => process.kill(Number(two), 0)).toThrow(/ESRCH/);
  });

  test('are found by their id alone', async () => {
    expect(await error('BashOutput', { id: 'b1' })).toBe('No command in the background is b1. None was started.');
    await start('true');
    expect(await error('KillShell', { id: 'x' })).toBe('No command in the background is x. There are: b1.');
  });

  test('are not without number', async () => {
    for (let at = 0; at < 8; at++) await start('sleep 60');
    expect(await error('Bash', { command: 'sleep 60', background: true })).toMatch(/^8 commands run in the background/);
    await ok('KillShell', { id: 'b1' });
    expect(await start('sleep 60')).toMatch(/as b9\./);
  });

  test('are told by beginning and end when they say much, in bounded memory', async () => {
    await start('head -c 100000000 /dev/zero | tr "\\0" x; echo; echo last; touch said');
    await expect
      .poll(
        () =>
          content('said').then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true);
    await expect.poll(async () => output('b1', { waitMs: 0 })).toMatch(/characters left out …\]\nx+\nlast$/);
  });

  test('a wait for them ends with its call', async () => {
    await start('sleep 60');
    const stopping = new AbortController();
    const waiting = run('BashOutput', { id: 'b1', waitMs: 60_000 }, bench.tools, stopping.signal).catch(
      (e: unknown) => e,
    );
    stopping.abort();
    expect(isAbort(await waiting)).toBe(true);
  });
});

describe('a command that may run because it is confined', () => {
  const asked = async (confines: boolean) => {
    const preparation = await prepared('Bash', { command: 'ls' }, newTools({ runsConfined: async () => confines }));
    if (preparation.kind !== 'ready' || !preparation.call.permission) throw new Error('not ready');
    return preparation.call;
  };

  test('asks like any other where nothing confines it', async () => {
    expect((await asked(false)).permission).toEqual({ tool: 'Bash', access: 'execute', subject: 'ls' });
  });

  test('runs confined or not at all', async () => {
    const call = await asked(true);
    expect(call.permission).toMatchObject({ confined: true });
    expect(await call.run(new AbortController().signal)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('there is none') as string,
    });
  });
});
