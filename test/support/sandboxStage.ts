import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createShellSandbox, type ShellSandboxOptions } from '../../src/node/shellSandbox/createShellSandbox.ts';
import { findSandbox } from '../../src/node/shellSandbox/findSandbox.ts';
import type { ShellSandbox } from '../../src/node/shellSandbox/shellSandbox.ts';
import { createCommands } from '../../src/node/shell.ts';
import { endOf } from '../../src/workflow/commands.fake.ts';
import type { CommandEnd, CommandPlace, CommandRequest, CommandResult, Commands } from '../../src/workflow/commands.ts';
import { createGitRepository, type GitRepository } from './gitRepository.ts';

/** Why no command can be confined on this machine; null: it can. */
export async function whyNoSandbox(): Promise<string | null> {
  const found = await findSandbox(process.env);
  return found.kind === 'found' ? null : found.why;
}

/** Stands in every secret that a confined command must not get to see. */
export const CANARY = 'canary-7f3a';

/**
 * A person's folder with secrets, a home of the program with runs and two worktrees of a repository, servers that count
 * who reaches them, and the commands of an agent in one of the worktrees.
 */
export interface SandboxStage {
  readonly person: string;
  readonly home: string;
  /** A folder that is nobody's, with the file `victim`. */
  readonly outside: string;
  readonly repository: GitRepository;
  /** The agent's worktree. */
  readonly root: string;
  readonly place: CommandPlace;
  readonly port: number;
  readonly socket: string;
  /** A process that the agent did not start. */
  readonly bystander: ChildProcess;
  /** Connections that reached a server. */
  reached(): number;
  readonly commands: Commands;
  readonly sandbox: ShellSandbox;
  /** The end of one that runs. */
  run(command: string, request?: Partial<CommandRequest>, signal?: AbortSignal): Promise<CommandEnd>;
  attempt(command: string, request?: Partial<CommandRequest>, signal?: AbortSignal): Promise<CommandResult>;
  dispose(): Promise<void>;
}

export async function openSandboxStage(options: Partial<ShellSandboxOptions> = {}): Promise<SandboxStage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dwf-confined-')));
  const [person, home, outside] = ['person', 'home', 'outside'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await put(join(outside, 'victim'), 'untouched');
  for (const name of ['.ssh/id_ed25519', '.aws/credentials', '.config/gh/hosts.yml', '.netrc', '.npmrc'])
    await put(join(person, name), CANARY);
  await put(join(home, 'projects/p/runs/r/state.json'), CANARY);
  const repository = await createGitRepository({ 'a.txt': 'a\n' });
  const root = join(home, 'worktrees/p/r/mine');
  for (const name of ['mine', 'theirs'])
    await repository.git('worktree', 'add', '-q', '-b', name, join(home, 'worktrees/p/r', name));
  await put(join(home, 'worktrees/p/r/theirs/secret'), CANARY);
  let reached = 0;
  const http = createHttpServer((_request, response) => {
    reached += 1;
    response.end(CANARY);
  });
  const socket = join(outside, 'sock');
  const unix = createServer((peer) => {
    reached += 1;
    peer.end(CANARY);
  });
  const port = await listen(http, 0);
  await listen(unix, socket);
  const bystander = spawn('sleep', ['600'], { env: { ...process.env, SECRET: CANARY }, stdio: 'ignore' });
  const env = {
    ...{ PATH: process.env['PATH'], HOME: person, OUT: outside, ENGINE: home, REPO: repository.dir, SOCK: socket },
    ...{ PORT: String(port), BYSTANDER: String(bystander.pid), NODE: process.execPath },
    ...{ ANTHROPIC_API_KEY: CANARY, GITHUB_TOKEN: CANARY, DATABASE_URL: `postgres://me:${CANARY}@localhost/db` },
  };
  const sandbox = createShellSandbox({ ...{ mode: 'required', allowedDomains: [], home, person, env }, ...options });
  const commands = createCommands({ env, home, sandbox });
  const place: CommandPlace = { root };
  const attempt: SandboxStage['attempt'] = (command, request = {}, signal = new AbortController().signal) =>
    commands.run({ command, cwd: root, place, timeoutMs: 20_000, maxChars: 10_000, ...request }, signal);
  return {
    ...{ person, home, outside, repository, root, place, port, socket, bystander, commands, sandbox },
    reached: () => reached,
    attempt,
    run: async (...asked) => endOf(await attempt(...asked)),
    dispose: async () => {
      bystander.kill('SIGKILL');
      await sandbox.close();
      http.closeAllConnections();
      await Promise.all([http, unix].map((server) => new Promise((resolve) => server.close(resolve))));
      await repository.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server | HttpServer, where: number | string): Promise<number> {
  await new Promise<void>((resolve) => {
    if (typeof where === 'number') server.listen(where, '127.0.0.1', resolve);
    else server.listen(where, resolve);
  });
  return typeof where === 'number' ? (server.address() as AddressInfo).port : 0;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
