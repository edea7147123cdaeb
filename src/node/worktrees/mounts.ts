import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { untilAborted } from '../../base/abort.ts';

/** An overlay mount, as one line of a table of file systems. Paths of `options` are seen from `folder`. */
export interface OverlayMount {
  /** Named in the system's list of mounts: it tells ours from others'. */
  readonly source: string;
  readonly at: string;
  readonly options: string;
}

/** Mounts of one folder. They are made many at a time: starting `mount` costs ten times what one more mount does. */
export interface Mounter {
  /** Rejects when the system refuses. After an abort it may still be made. */
  mount(mount: OverlayMount, signal?: AbortSignal): Promise<void>;
}

const GIVE_UP_MS = 30_000;

export function createMounter(folder: string): Mounter {
  let waiting: { mount: OverlayMount; done: (problem: Error | null) => void }[] = [];
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const said = await runMount(['-a', '-T', '/dev/stdin'], {
        cwd: folder,
        input: table(batch.map((one) => one.mount)),
      });
      const made = await mountsNow();
      for (const { mount, done } of batch) {
        done(
          made.some((one) => one.at === mount.at && one.source === mount.source)
            ? null
            : new Error(`The system refused to mount ${mount.at}: ${said || 'it said nothing'}`),
        );
      }
    }
    busy = false;
  };
  return {
    mount: (mount, signal) => {
      const mounted = new Promise<void>((resolve, reject) => {
        waiting.push({ mount, done: (problem) => (problem ? reject(problem) : resolve()) });
        // In the next turn, so that what is asked for at once is mounted at once.
        if (!busy) setImmediate(() => void (busy || work()));
      });
      return signal ? untilAborted(mounted, signal) : mounted;
    },
  };
}

/** Read-only to all, whoever they are; needs to be unmounted before the folder can be removed. */
export async function bindReadOnly(folder: string): Promise<void> {
  const said = await runMount(['-o', 'bind,ro', '.', '.'], { cwd: folder });
  if (said !== '') throw new Error(`The system refused to protect ${folder}: ${said}`);
}

/** Takes away all mounts at these paths, also those in use: who uses them keeps what was there. Throws when one stays. */
export async function unmount(paths: readonly string[]): Promise<void> {
  let there = await mountedOf(paths);
  // Something may be mounted over ours.
  for (let layer = 0; there.length > 0 && layer < 8; layer++) {
    await run('umount', ['-l', '-i', '-n', ...there], { cwd: '/' });
    there = await mountedOf(paths);
  }
  if (there.length > 0) throw new Error(`${there[0]} is still mounted.`);
}

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
export function parseMounts(text: string): readonly Mounted[] {
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

const table = (mounts: readonly OverlayMount[]): string =>
  mounts.map(({ source, at, options }) => `${source} ${escapeOctal(at)} overlay ${options} 0 0\n`).join('');

/** For a field of a table of file systems (fstab(5)). */
export const escapeOctal = (path: string): string =>
  path.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

const runMount = (args: readonly string[], options: { cwd: string; input?: string }): Promise<string> =>
  run('mount', ['-i', '-n', ...args], options);

/** What it said when it failed, else nothing. */
function run(
  program: string,
  args: readonly string[],
  { cwd, input }: { cwd: string; input?: string },
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: GIVE_UP_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 500)));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? '' : said.trim().split('\n')[0] || `exit code ${code ?? 'none'}`),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}
