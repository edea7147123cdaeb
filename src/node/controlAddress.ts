import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FOLDER_MODE } from './runFiles.ts';

/** What every system takes as a socket's path, in bytes with the end that C puts to it: 104 on macOS, 108 on Linux. */
const MAX_PATH_BYTES = 103;

/**
 * Where the owner of the run in `dir` listens, the best place first; the same for all processes of one person. The
 * run's own folder is too deep for a socket, and its home may be: then it is a folder beneath /tmp, for TMPDIR is not
 * the same everywhere. Windows has pipes without a folder.
 * `home`: absent for a run, whose folder says it.
 */
export async function controlAddresses(dir: string, home?: string): Promise<readonly string[]> {
  const real = await realpath(dir);
  const name = createHash('sha256').update(real).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return [`\\\\.\\pipe\\dynamic-workflows-${name}`];
  // <home>/projects/<project>/runs/<run>
  const place = home === undefined ? resolve(real, '../../../..') : await realpath(home);
  const all = [join(place, 'control', name), ...controlFolders().map((folder) => join(folder, name))];
  return all.filter((path) => Buffer.byteLength(path) <= MAX_PATH_BYTES);
}

/** Where sockets are that have no place in their run's home: no command of an agent is to look there. */
export function controlFolders(): readonly string[] {
  return process.platform === 'win32' ? [] : [`/tmp/dynamic-workflows-${process.getuid?.() ?? 0}`];
}

/** Makes the folder of a socket; throws when it is somebody else's. */
export async function makeControlFolder(address: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = dirname(address);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (!(await isOurs(folder))) throw new Error(`${folder} belongs to somebody else.`);
  await chmod(folder, FOLDER_MODE);
}

/** Whoever connects looks first: beneath /tmp anybody can make a folder of that name. */
export async function isOurControlFolder(address: string): Promise<boolean> {
  return process.platform === 'win32' || isOurs(dirname(address));
}

async function isOurs(folder: string): Promise<boolean> {
  const info = await lstat(folder).catch(() => null);
  return info?.isDirectory() === true && info.uid === process.getuid?.();
}
