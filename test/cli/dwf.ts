import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when stdout and stderr so far contain the text; rejects when the process ends without. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** The real command line in a process of its own, in a folder and with a home of its own. */
export interface Desk {
  readonly folder: string;
  /** Writes a file into the folder; its absolute path. */
  readonly write: (name: string, text: string) => Promise<string>;
  readonly start: (argv: readonly string[], options?: DeskOptions) => Started;
  readonly dwf: (argv: readonly string[], options?: DeskOptions) => Promise<Ended>;
}

export interface DeskOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** In a terminal of that size, which `script` of util-linux makes; what it shows comes as stdout. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

const { status, stdout: scriptVersion } = spawnSync('script', ['--version'], { encoding: 'utf8' });
export const HAS_TERMINALS = status === 0 && scriptVersion.includes('util-linux');

/** `body` after a `meta` that needs no attention. */
export function script(body: string, name = 'test'): string {
  return `export const meta = { name: '${name}', description: 'A test.' };\n${body}\n`;
}

export async function withDesk<T>(use: (desk: Desk) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-cli-'));
  const children: ChildProcess[] = [];
  const start = (argv: readonly string[], { cwd = folder, env = {}, terminal }: DeskOptions = {}): Started => {
    const [command = '', ...args] = terminal ? inTerminal(terminal, argv) : [process.execPath, MAIN, ...argv];
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, HOME: folder, DYNAMIC_WORKFLOWS_HOME: join(folder, 'home'), ...env },
    });
    children.push(child);
    return watch(child);
  };
  try {
    return await use({
      folder,
      start,
      dwf: (argv, options) => start(argv, options).ended,
      write: async (name, text) => {
        await writeFile(join(folder, name), text);
        return join(folder, name);
      },
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function inTerminal({ columns, rows }: NonNullable<DeskOptions['terminal']>, argv: readonly string[]): string[] {
  const quoted = [process.execPath, MAIN, ...argv].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return ['script', '-qec', `stty cols ${columns} rows ${rows}; exec ${quoted}`, '/dev/null'];
}

function watch(child: ReturnType<typeof spawn>): Started {
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const listener of [...listeners]) listener();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
  return {
    child,
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!(said.stdout + said.stderr).includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`It ended without "${text}":\n${said.stdout}${said.stderr}`)));
        look();
      }),
  };
}
