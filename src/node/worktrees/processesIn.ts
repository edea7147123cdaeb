import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { errnoOf } from '../errno.ts';
import { processStart } from '../processStart.ts';
import { mountsNow } from './mounts.ts';

/** Whether a process works in a folder, holds one of its files open or mapped, or something is mounted there. */
export async function isInUse(folder: string): Promise<boolean> {
  if ((await mountsNow()).some(({ at }) => isWithin(at, folder))) return true;
  const own = processStart(process.pid);
  if (own.kind !== 'started') return true;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (usedBy(pid, folder, Number(own.at))) return true;
  }
  return false;
}

/** What cannot be looked at counts as a user when it may be a child of ours: it is this person's, and younger than we. */
function usedBy(pid: string, folder: string, since: number): boolean {
  try {
    const links = ['cwd', 'root', ...readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)];
    if (links.some((link) => isWithin(target(`/proc/${pid}/${link}`), folder))) return true;
    return readFileSync(`/proc/${pid}/maps`, 'utf8').includes(`${folder}/`);
  } catch (error) {
    const code = errnoOf(error);
    // It has ended meanwhile.
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    const start = processStart(Number(pid));
    return start.kind !== 'gone' && isOurs(pid) && (start.kind === 'unknown' || Number(start.at) >= since);
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function isOurs(pid: string): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.();
  } catch {
    return false;
  }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
