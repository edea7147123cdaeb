import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAbort } from '../../src/base/abort.ts';
import { PROJECT_NAMES } from '../../src/engine/protectedPaths.ts';
import { DEFAULT_SANDBOX } from '../../src/node/shellSandbox/sandboxSettings.ts';
import { programOnPath } from '../../src/node/shellSandbox/findSandbox.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { script, withBench } from '../support/engine.ts';
import { withGitRepository } from '../support/gitRepository.ts';
import { CANARY, openSandboxStage, whyNoSandbox, type SandboxStage } from '../support/sandboxStage.ts';

const missing = await whyNoSandbox();

/** Whether a process with these words lives on this machine. */
async function lives(words: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.some((line) => line.replaceAll('\0', ' ').includes(words));
}

/** Relays to the network outside of a sandbox, with these words in their environment: each process that makes sandboxes has one. */
async function relays(words: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const isOne = async (pid: string): Promise<boolean> =>
    (await read(pid, 'cmdline')).includes('UNIX-LISTEN:') && (await read(pid, 'environ')).includes(words);
  return (await Promise.all(pids.map(isOne))).filter((one) => one).length;
}

/** A folder of programs with these of the machine's and no other. */
async function withPrograms(names: readonly string[], use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-programs-'));
  try {
    for (const name of names) {
      const program = programOnPath(name, process.env);
      if (program !== null) await symlink(program, join(folder, name));
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe.skipIf(missing !== null)(`a confined command${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let stage: SandboxStage;
  beforeAll(async () => void (stage = await openSandboxStage()));
  afterAll(() => stage.dispose());

  test('works in its worktree as if nothing confined it', async () => {
    const result = await stage.run(
      'echo new > b.txt; mkdir -p src; cd src; git status --porcelain; printf "\\377" ; pwd; exit 3',
      { tellsFolder: true },
    );
    expect(result).toMatchObject({ kind: 'exited', exitCode: 3, folder: join(stage.root, 'src') });
    expect(result.output).toBe(`?? b.txt\n\ufffd${stage.root}/src\n`);
    expect(await readFile(join(stage.root, 'b.txt'), 'utf8')).toBe('new\n');
  });

  test('is started again when bubblewrap lost a mount on its way, and so is the look for it', async () => {
    const programs = await mkdtemp(join(tmpdir(), 'dwf-bwrap-'));
    const stub = join(programs, 'bwrap');
    const gone = `bwrap: Can't bind mount /oldroot/ on /newroot/: Unable to apply mount flags: remount "/newroot/x": No such file or directory`;
    const lines = [
      '#!/bin/sh',
      'n=$(ls "$0.calls" | wc -l); touch "$0.calls/$n"',
      `case $n in 0|2|3) echo '${gone.replaceAll("'", "'\\''")}' >&2; exit 1;; esac`,
      `exec ${programOnPath('bwrap', process.env) ?? ''} "$@"`,
    ];
    await writeFile(stub, `${lines.join('\n')}\n`, { mode: 0o755 });
    await mkdir(`${stub}.calls`);
    const other = await openSandboxStage({ env: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` } });
    try {
      expect(await other.sandbox.confines()).toBe(true);
      expect(await other.run('echo ran >> count; cat count; exit 4')).toMatchObject({ exitCode: 4, output: 'ran\n' });
      expect(await readdir(`${stub}.calls`)).toHaveLength(5);
    } finally {
      await other.dispose();
      await rm(programs, { recursive: true, force: true });
    }
  });

  test('has a folder for temporary files that goes with it, or stays for its agent', async () => {
    const once = await stage.run('echo x > "$TMPDIR/kept" && echo "$TMPDIR"');
    expect(once.exitCode).toBe(0);
    expect(existsSync(once.output.trim())).toBe(false);
    const place = { ...stage.place, temporary: join(stage.home, 'tmp/agent') };
    await stage.run('echo kept > "$TMPDIR/kept"', { place });
    expect((await stage.run('cat "$TMPDIR/kept"', { place })).output).toBe('kept\n');
    expect((await stage.run('cat "$ENGINE/tmp/agent/kept"')).exitCode).not.toBe(0);
  });

  test('may read what was too long to be told to its agent', async () => {
    const outputs = join(stage.home, 'projects/p/runs/r/outputs/a1');
    await mkdir(outputs, { recursive: true });
    await writeFile(join(outputs, 'bash.txt'), 'long');
    const readable = [outputs];
    expect((await stage.run(`cat ${outputs}/bash.txt`, { place: { ...stage.place, readable } })).output).toBe('long');
    expect((await stage.run(`cat ${outputs}/bash.txt`)).exitCode).not.toBe(0);
  });

  test('has no secret in its environment', async () => {
    const { output } = await stage.run('env');
    expect(output).toContain(`OUT=${stage.outside}`);
    expect(output).not.toContain(CANARY);
  });

  test('leaves no trace of what it must not make', async () => {
    const names = ['.claude', ...PROJECT_NAMES].filter((name) => name !== '.npmrc');
    const { output } = await stage.run(`touch ${names.map((name) => `${name}/x`).join(' ')}; git status --porcelain`);
    expect(output).not.toContain('?? .');
    const left = async () => (await readdir(stage.root)).filter((name) => names.includes(name));
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  test('keeps what decides over others as it is, in a folder that was not its own', async () => {
    await writeFile(join(stage.repository.dir, '.mcp.json'), '{}');
    const place = { root: stage.repository.dir };
    const command = 'echo x > .mcp.json; echo x >> .git/config; touch .git/commondir; echo fine > c.txt; cat c.txt';
    const { output } = await stage.run(command, { place, cwd: place.root });
    expect(output).toMatch(/fine\n$/);
    expect(await readFile(join(place.root, '.mcp.json'), 'utf8')).toBe('{}');
    expect(existsSync(join(place.root, '.git/commondir'))).toBe(false);
    expect(await stage.repository.git('status', '--porcelain')).toBe('?? .mcp.json\n?? c.txt');
  });

  test('reads no key although the whole of the person’s folder is its root', async () => {
    await writeFile(join(stage.person, '.bashrc'), 'mine');
    const place = { root: stage.person };
    const command = 'cat .ssh/id_ed25519; echo x > .bashrc; echo y > notes';
    const { output } = await stage.run(command, { place, cwd: place.root });
    expect(output).not.toContain(CANARY);
    expect(await readFile(join(stage.person, '.bashrc'), 'utf8')).toBe('mine');
    expect(await readFile(join(stage.person, 'notes'), 'utf8')).toBe('y\n');
  });

  test('takes a folder’s name for a name, whatever is in it', async () => {
    const root = await realpath(await mkdtemp(join(tmpdir(), "dwf [x]* {a,b} $HOME 'q'-")));
    try {
      const { output, exitCode } = await stage.run('echo in > file; cat file', { place: { root }, cwd: root });
      expect({ output, exitCode }).toEqual({ output: 'in\n', exitCode: 0 });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  test('takes all with it that it started, two forks and another session away and without its environment', async () => {
    const { output } = await stage.run('(env -i setsid sleep 4711 >/dev/null 2>&1 &) ; sleep 0.05; echo done');
    expect(output).toBe('done\n');
    await expect.poll(() => lives('sleep 4711')).toBe(false);
  });

  test('W40 ends at an abort', async () => {
    const stopping = new AbortController();
    const running = stage.run('touch ready; setsid sleep 4712 & while :; do :; done', {}, stopping.signal);
    const ended = running.catch((error: unknown) => error);
    await expect.poll(() => existsSync(join(stage.root, 'ready')), { timeout: 10_000 }).toBe(true);
    stopping.abort();
    expect(isAbort(await ended)).toBe(true);
    await expect.poll(() => lives('sleep 4712')).toBe(false);
  });

  test('X10 passes on a gigabyte in bounded memory', async () => {
    const before = process.memoryUsage().rss;
    const { output } = await stage.run('head -c 1000000000 /dev/zero | tr "\\0" x; echo; echo last', {
      timeoutMs: 60_000,
    });
    expect(output).toMatch(/^x+\n\[… \d+ characters left out …\]\nx+\nlast\n$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  });

  test('is confined by another process when the one that does so has died', async () => {
    await stage.run('true');
    for (const pid of await readdir('/proc')) {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const parent = /^PPid:\t(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1];
      if (line.includes('shellSandbox/helper') && Number(parent) === process.pid) process.kill(Number(pid), 'SIGKILL');
    }
    // What comes before its death is known may fail, and does not run otherwise.
    const tried = async () => (await stage.run('touch "$OUT/x" || echo confined')).output;
    await expect.poll(tried, { timeout: 10_000 }).toMatch(/confined\n$/);
    expect(existsSync(join(stage.outside, 'x'))).toBe(false);
    expect(await relays(stage.outside)).toBe(1);
  });

  test('is one of many at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, at) => stage.run(`echo ${at} > many${at}; cat many${at}`)),
    );
    expect(all.map(({ output }) => output)).toEqual(Array.from({ length: 8 }, (_, at) => `${at}\n`));
  });
});

describe.skipIf(missing !== null)('the network of confined commands', () => {
  const get = (host: string): string =>
    `"$NODE" -e 'const u = new URL(process.env.HTTP_PROXY); require("http").get({ host: "localhost", port: u.port, path: "http://${host}:" + process.env.PORT + "/", headers: { "Proxy-Authorization": "Basic " + Buffer.from(decodeURIComponent(u.username) + ":" + u.password).toString("base64") } }, (r) => { console.log(r.statusCode); r.resume() })'`;

  test('is what is listed, and nothing else', async () => {
    const stage = await openSandboxStage({ allowedDomains: ['127.0.0.1'] });
    try {
      expect((await stage.run(get('127.0.0.1'))).output).toBe('200\n');
      expect((await stage.run(get('localhost'))).output).toBe('403\n');
      expect((await stage.run(get('example.com'))).output).toBe('403\n');
      expect(stage.reached()).toBe(1);
    } finally {
      await stage.dispose();
    }
  });

  test('is none by default, not by way of the proxy either', async () => {
    const stage = await openSandboxStage();
    try {
      expect((await stage.run(get('127.0.0.1'))).output).toBe('403\n');
      expect(stage.reached()).toBe(0);
    } finally {
      await stage.dispose();
    }
  });

  test('a list that cannot be used runs nothing', async () => {
    const stage = await openSandboxStage({ allowedDomains: ['*'] });
    try {
      expect(await stage.attempt('touch ran')).toEqual({
        kind: 'not-started',
        message: expect.stringContaining('did not run: its sandbox could not be made ("*" cannot be allowed') as string,
      });
      expect(existsSync(join(stage.root, 'ran'))).toBe(false);
    } finally {
      await stage.dispose();
    }
  });
});

describe('where there is no sandbox', () => {
  test('one that is required runs nothing, and says what to install', async () => {
    await withPrograms(['bash', 'git'], async (PATH) => {
      const stage = await openSandboxStage({ env: { PATH }, platform: 'linux' });
      try {
        expect(await stage.attempt('touch ran')).toEqual({
          kind: 'not-started',
          message: expect.stringContaining(
            'bubblewrap and socat are not installed. Install: sudo apt install bubblewrap socat',
          ) as string,
        });
        expect(existsSync(join(stage.root, 'ran'))).toBe(false);
        expect(await stage.sandbox.warning()).toMatch(/^Agents cannot run commands/);
      } finally {
        await stage.dispose();
      }
    });
  });

  test('a command that nobody was asked about does not run', async () => {
    const stage = await openSandboxStage({ mode: 'off' });
    try {
      const { kind } = await stage.attempt('touch ran', { mustBeConfined: true });
      expect({ kind, ran: existsSync(join(stage.root, 'ran')) }).toEqual({ kind: 'not-started', ran: false });
    } finally {
      await stage.dispose();
    }
  });

  const author: Brain = (view) =>
    [{ tools: [{ name: 'Bash', input: { command: 'echo new > a.txt; touch "$TARGET/out"' } }] }][view.turn] ?? {
      text: 'done',
    };
  const change = script("return await agent('go', {isolation: 'worktree'});");

  test('W26 the run says so once, and the commands run by the rules', async () => {
    await withPrograms(['bash', 'git', 'touch', 'cat'], async (PATH) => {
      await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
        const environment = { ...process.env, PATH, TARGET: repo.dir };
        await withBench({ rules: [author], cwd: repo.dir, environment, sandbox: DEFAULT_SANDBOX }, async ({ play }) => {
          const two = "await parallel([1, 2].map((n) => () => agent('go ' + n, {isolation: 'worktree'})));";
          const { events } = await play(script(two));
          const warnings = events.filter((event) => event.type === 'logged' && event.level === 'warning');
          expect(warnings).toMatchObject([{ message: expect.stringContaining('without the shell sandbox') as string }]);
          expect(existsSync(join(repo.dir, 'out'))).toBe(true);
        });
      });
    });
  });

  test.skipIf(missing !== null)('W26 where there is one, an agent’s change lands and nothing else of it', async () => {
    await withGitRepository({ 'a.txt': 'one\n' }, async (repo) => {
      const environment = { ...process.env, TARGET: repo.dir };
      const options = {
        rules: [author],
        cwd: repo.dir,
        environment,
        sandbox: { ...DEFAULT_SANDBOX, mode: 'required' },
      } as const;
      await withBench(options, async ({ play, home }) => {
        const { events, end } = await play(change);
        expect(end).toMatchObject({ status: 'completed', result: 'done' });
        expect(events.filter((event) => event.type === 'logged')).toEqual([]);
        expect(events.find((event) => event.type === 'change.committed')).toMatchObject({
          change: { files: [{ path: 'a.txt' }] },
        });
        expect(existsSync(join(repo.dir, 'out'))).toBe(false);
        expect(await readdir(join(home, 'tmp'))).toEqual([]);
      });
    });
  });
});
