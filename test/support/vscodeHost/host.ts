import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { codeServerEntry } from './install.ts';
import { copyExtensionInto } from './extensionCopy.ts';
import { quietSettings } from './quietSettings.ts';

export interface HostOptions {
  /** Where the editor's own output goes; the folder is made. */
  readonly logFile: string;
  /** On top of those that keep the editor quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the editor and of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** The editor asks whether the person trusts a folder. Default: it trusts every folder. */
  readonly asksForTrust?: boolean;
  /**
   * The editor runs tests inside the extension host when its address asks for it (`extensionDevelopmentPath`,
   * `extensionTestsPath`). It then shows no notifications, so this is not for tests of what a person sees.
   */
  readonly runsTests?: boolean;
  /** Ours is left out: it is for the caller to install. */
  readonly bare?: boolean;
  /** Folders of further extensions, which are there besides ours. */
  readonly neighbours?: readonly string[];
}

/** A running editor with our extension in it, and with a home of its own. */
export interface VscodeHost {
  /** Of the workbench: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Our extension as this editor has it: the folder of its package.json; of a bare one, where all extensions go. */
  readonly extension: string;
  /** Ends every process of the editor and deletes its folders. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;

/** Starts the editor on a free port of this machine. It ends with the process that called this, whatever befalls that. */
export async function startHost(options: HostOptions): Promise<VscodeHost> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-vscode-'));
  try {
    const { leash, extension } = startEditor(folder, options);
    const stop = () => endOf(leash);
    const url = await listeningUrl(leash, options.logFile).catch((error: unknown) =>
      stop().then(() => Promise.reject(error as Error)),
    );
    return { url, extension, stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function startEditor(folder: string, options: HostOptions): { readonly leash: Leash; readonly extension: string } {
  const trust = options.asksForTrust === true;
  const folders = prepareFolders(folder, { 'security.workspace.trust.enabled': trust, ...options.settings });
  const extension = options.bare === true ? folders.extensions : copyExtensionInto(folders.extensions);
  for (const neighbour of options.neighbours ?? [])
    cpSync(neighbour, join(folders.extensions, basename(neighbour)), { recursive: true });
  const leash = fileURLToPath(new URL('leash.ts', import.meta.url));
  const wishes = [
    ...(options.runsTests === true ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ...(trust ? [] : ['--disable-workspace-trust']),
  ];
  const started = spawn(process.execPath, [leash, folder, process.execPath, ...commandLine(folders), ...wishes], {
    detached: true,
    env: environment(folders.home, options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return { leash: started, extension };
}

interface Folders {
  readonly home: string;
  readonly userData: string;
  readonly extensions: string;
  readonly config: string;
}

function prepareFolders(root: string, settings: HostOptions['settings']): Folders {
  const userData = join(root, 'user-data');
  const folders = {
    home: join(root, 'home'),
    userData,
    extensions: join(root, 'extensions'),
    config: join(root, 'config.yaml'),
  };
  for (const folder of [folders.home, folders.extensions, join(userData, 'User')])
    mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(userData, 'User', 'settings.json'),
    JSON.stringify({ ...quietSettings, ...settings }, undefined, 2),
  );
  writeFileSync(folders.config, '');
  return folders;
}

function commandLine(folders: Folders): string[] {
  return [
    codeServerEntry,
    ...['--config', folders.config],
    ...['--user-data-dir', folders.userData],
    ...['--extensions-dir', folders.extensions],
    // Port 0 is any free one; the editor says which. A webview needs 127.0.0.1: it is a secure context without TLS.
    ...['--bind-addr', '127.0.0.1:0'],
    ...['--auth', 'none'],
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-getting-started-override',
    '--ignore-last-opened',
    '--disable-proxy',
  ];
}

/**
 * Only what the editor needs: variables of an editor's terminal, of npm or of the test runner would change how this
 * one behaves.
 */
function environment(home: string, added: HostOptions['env'] = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_RUNTIME_DIR: home,
    // No marketplace, hence no call to one.
    EXTENSIONS_GALLERY: '{}',
    ...added,
  };
}

type Leash = ChildProcessByStdio<Writable, Readable, Readable>;

/** Waits for the line with the address, and keeps everything in the log. */
function listeningUrl(leash: Leash, logFile: string): Promise<string> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile);
  return new Promise((resolve, reject) => {
    const give = (why: string) => reject(new Error(`VS Code ${why}. Its output is in ${logFile}.`));
    const timer = setTimeout(() => give(`did not start within ${startTimeoutMs / 1000} s`), startTimeoutMs);
    leash.once('error', reject);
    leash.once('exit', (code) => give(`ended with exit code ${code} while it started`));
    for (const stream of [leash.stdout, leash.stderr]) {
      createInterface(stream).on('line', (line) => {
        log.write(`${line}\n`);
        const url = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
    leash.once('close', () => {
      clearTimeout(timer);
      log.end();
    });
  });
}

function endOf(leash: Leash): Promise<void> {
  if (leash.exitCode !== null || leash.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    leash.once('close', () => resolve());
    leash.stdin.end();
  });
}
