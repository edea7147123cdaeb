import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inBatches } from './inBatches.ts';

/** An overlay mount, as one line of a table of file systems. Paths of `options` are seen from `folder`. */
export interface OverlayMount {
  /** Named in the system's list of mounts: it tells ours from others'. */
  readonly source: string;
  readonly at: string;
  readonly options: string;
}

/** Makes mounts whose options name paths below one folder; rejects when the system refuses. */
export type Mounter = (mount: OverlayMount) => Promise<void>;

const GIVE_UP_MS = 30_000;

export function createMounter(folder: string): Mounter {
  return inBatches(async (mounts) => {
    const said = await mountAll(folder, mounts);
    const now = await mountsNow();
    return ({ at, source }) =>
      now.some((one) => one.at === at && one.source === source)
        ? null
        : new Error(`The system refused to mount ${at}: ${said || 'it said nothing'}`);
  });
}

/** Read-only to all, whoever they are; needs to be unmounted before the folder can be removed. */
export async function bindReadOnly(folder: string): Promise<void> {
  const said = await run('mount', ['-i', '-n', '-o', 'bind,ro', '.', '.'], folder);
  if (said !== '') throw new Error(`The system refused to protect ${folder}: ${said}`);
}

/** Takes away all mounts at a path, also one in use: who uses it keeps what was there. Rejects when one stays. */
export const unmount: (path: string) => Promise<void> = inBatches(async (paths) => {
  let there = await mountedOf(paths);
  // Something may be mounted over ours.
  for (let layer = 0; there.length > 0 && layer < 8; layer++) {
    await run('umount', ['-l', '-i', '-n', ...there], '/');
    there = await mountedOf(paths);
  }
  return (path) => (there.includes(path) ? new Error(`${path} is still mounted.`) : null);
});

async function mountedOf(paths: readonly string[]): Promise<string[]> {
  const now = new Set((await mountsNow()).map(({ at }) => at));
  return paths.filter((path) => now.has(path));
}

export interface Mounted {
  readonly at: string;
  readonly type: string;
  readonly source: string;
}

/** In the order they were made: the last at a path is the one that is seen. Empty where there is no such list. */
export async function mountsNow(): Promise<readonly Mounted[]> {
  if (process.platform !== 'linux') return [];
  return parseMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
}

/** `id parent dev root AT options [tags…] - TYPE SOURCE options`, with octal escapes (proc(5)). */
function parseMounts(text: string): readonly Mounted[] {
  return text.split('\n').flatMap((line) => {
    const [front = '', back = ''] = line.split(' - ');
    const [at, [type, source]] = [front.split(' ')[4], back.split(' ')];
    return at === undefined || type === undefined || source === undefined
      ? []
      : [{ at: unescapeOctal(at), type, source: unescapeOctal(source) }];
  });
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));

/** What it said when not all could be mounted. It reads no table from a pipe that Node has made. */
async function mountAll(folder: string, mounts: readonly OverlayMount[]): Promise<string> {
  const table = join(folder, `.mounts-${randomBytes(4).toString('hex')}`);
  const lines = mounts.map(({ source, at, options }) => `${source} ${escapeOctal(at)} overlay ${options} 0 0\n`);
  try {
    await writeFile(table, lines.join(''));
    return await run('mount', ['-i', '-n', '-a', '-T', table], folder);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(table, { force: true });
  }
}

/** For a field of a table of file systems (fstab(5)). */
const escapeOctal = (path: string): string =>
  path.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** What it said when it failed, else nothing. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: GIVE_UP_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 500)));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? '' : firstLine(said) || `exit code ${code ?? 'none'}`));
  });
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
