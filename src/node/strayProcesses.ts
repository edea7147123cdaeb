import { readFileSync, readdirSync } from 'node:fs';
import { processStart } from './processStart.ts';

// A command may leave its process group (`setsid`, a daemon that forks twice), and a signal to the group misses it.
// On Linux it is found by its parents while they live, and by a mark in the environment that it began with. One that
// forks twice and clears its environment is found by nobody but the shell sandbox, which ends with all that is in it.

/** In the environment of every command: whose it is. */
export const COMMAND_MARK = 'DYNAMIC_WORKFLOWS_COMMAND';

interface Stray {
  readonly pid: number;
  readonly started: string;
}

/** More generations than this in the time of a scan are not followed. */
const ROUNDS = 5;

/** The processes that `pid` has started and those that they have, as far as they can be told; none but on Linux. */
export function descendantsOf(pid: number): readonly Stray[] {
  const children = new Map<number, number[]>();
  for (const child of processesSince(pid)) {
    const parent = parentOf(child);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const found: number[] = [];
  for (let next = children.get(pid) ?? []; next.length > 0; next = next.flatMap((one) => children.get(one) ?? []))
    found.push(...next);
  return found.flatMap(strayOf);
}

/** Ends these, and whatever carries the mark of the command whose shell was `pid`. */
export function endStrays(pid: number, mark: string, known: readonly Stray[]): void {
  for (const { pid: stray, started } of known) if (strayOf(stray)[0]?.started === started) kill(stray);
  for (let round = 0; round < ROUNDS; round++) {
    const marked = processesSince(pid).filter((one) => isMarked(one, mark) && strayOf(one).length > 0);
    if (marked.length === 0) return;
    marked.forEach(kill);
  }
}

function strayOf(pid: number): Stray[] {
  const start = processStart(pid);
  return start.kind === 'started' ? [{ pid, started: start.at }] : [];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, or has become somebody else's.
  }
}

/** Pids are given out in a circle, so that those since `pid` are told without a look at the others. */
function processesSince(pid: number): readonly number[] {
  if (process.platform !== 'linux') return [];
  const all = pids();
  const last = Number(read('/proc/loadavg').trim().split(' ').at(-1));
  if (!Number.isInteger(last)) return all;
  return all.filter((one) => (last >= pid ? one > pid && one <= last : one > pid || one <= last));
}

/** Null when it is not there any more. */
export function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? Number.NaN);
  return Number.isInteger(parent) ? parent : null;
}

/**
 * Whether it began with this mark, or, with none given, with any: as a command of an agent or a part of one. Of a process
 * that cannot be looked at, no.
 */
export function isMarked(pid: number, mark?: string): boolean {
  const sought = mark === undefined ? `${COMMAND_MARK}=` : `${COMMAND_MARK}=${mark}`;
  return read(`/proc/${pid}/environ`)
    .split('\0')
    .some((entry) => (mark === undefined ? entry.startsWith(sought) : entry === sought));
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
