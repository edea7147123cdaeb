import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errnoOf } from './errno.ts';

/** Whether a process lives and since when, in the system's own words: the same pid with another start is another process. */
export type ProcessStart =
  | { readonly kind: 'gone' }
  | { readonly kind: 'started'; readonly at: string }
  /** It lives; this system does not say since when. */
  | { readonly kind: 'unknown' };

export function processStart(pid: number): ProcessStart {
  if (!isAlive(pid)) return { kind: 'gone' };
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** `pid (name, any characters) state … start`: the state is field 3, the start field 22, in clock ticks since boot. */
function fromProc(pid: number): ProcessStart {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only nobody has asked for its exit code.
    if (fields[0] === 'Z' || fields[0] === 'X') return { kind: 'gone' };
    return fields[19] === undefined ? { kind: 'unknown' } : { kind: 'started', at: fields[19] };
  } catch {
    return { kind: 'unknown' };
  }
}

function fromPs(pid: number): ProcessStart {
  if (process.platform === 'win32') return { kind: 'unknown' };
  try {
    const at = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2_000 }).trim();
    return at === '' ? { kind: 'unknown' } : { kind: 'started', at };
  } catch {
    return { kind: 'unknown' };
  }
}
