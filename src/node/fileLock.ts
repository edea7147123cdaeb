import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import * as z from 'zod';
import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import { DisposableStore } from '../base/disposable.ts';
import { errnoOf } from './errno.ts';
import { processStart } from './processStart.ts';

/** One at a time over all processes of this machine, for sections of milliseconds. */
export interface FileLocks {
  /**
   * Runs `body` while the file `path` is ours. Rejects with AbortError, at once, when the signal fires before that; or
   * when another holds it for a minute.
   */
  within<T>(path: string, signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T>;
}

const GIVE_UP_MS = 60_000;
/** A lock without its text is being written, or its writer died in that moment. */
const UNWRITTEN_MS = 10_000;

/** A process, as one on the same machine can recognise it after its pid was given to another. */
export const ownerSchema = z.object({ pid: z.int().min(1), started: z.string().nullable(), host: z.string() });
export type Owner = z.infer<typeof ownerSchema>;

export function thisProcess(): Owner {
  const start = processStart(process.pid);
  return { pid: process.pid, started: start.kind === 'started' ? start.at : null, host: hostname() };
}

/** False for one on another host, which cannot be looked at from here. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  const now = processStart(owner.pid);
  return now.kind === 'unknown' || (now.kind === 'started' && (owner.started === null || now.at === owner.started));
}

export function createFileLocks(): FileLocks {
  // In this process they queue in memory, so that a hundred of them do not poll the disk.
  const tails = new Map<string, Promise<unknown>>();
  return {
    within: (path, signal, body) => {
      const before = tails.get(path) ?? Promise.resolve();
      const turn = inTurn(before, { path, signal, body });
      // Also behind `before`: who leaves the queue early must not let the next one past those in front.
      const tail: Promise<void> = Promise.allSettled([before, turn]).then(() => {
        if (tails.get(path) === tail) tails.delete(path);
      });
      tails.set(path, tail);
      return turn;
    },
  };
}

interface Turn<T> {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  readonly body: () => Promise<T>;
}

async function inTurn<T>(before: Promise<unknown>, { path, signal, body }: Turn<T>): Promise<T> {
  await untilAborted(before, signal);
  const text = await take(path, signal);
  try {
    return await body();
  } finally {
    await giveBack(path, text);
  }
}

async function untilAborted(waiting: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) {
    await waiting;
    return;
  }
  const owned = new DisposableStore();
  try {
    await new Promise<void>((resolve, reject) => {
      owned.add(onAbort(signal, () => reject(new AbortError(signal.reason))));
      void waiting.then(() => resolve());
    });
  } finally {
    owned.dispose();
  }
}

async function take(path: string, signal: AbortSignal | undefined): Promise<string> {
  const text = JSON.stringify({ ...thisProcess(), nonce: randomBytes(8).toString('hex') });
  const until = performance.now() + GIVE_UP_MS;
  for (;;) {
    if (signal) throwIfAborted(signal);
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
      return text;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if (await removeStale(path)) continue;
    if (performance.now() > until) {
      throw new Error(
        `Another process has held ${path} for a minute. If none works on this repository, delete that file.`,
      );
    }
    await pause(5 + Math.random() * 20, signal);
  }
}

async function giveBack(path: string, text: string): Promise<void> {
  const held = await readFile(path, 'utf8').catch(() => null);
  if (held === text) await rm(path, { force: true });
}

/** Whether a dead process has left its lock at `path`. The next who wants it takes it over. */
export const isStaleLock = async (path: string): Promise<boolean> => (await look(path))?.stale === true;

/** True when the lock's owner is gone and so is the lock, by us or by somebody else. */
async function removeStale(path: string): Promise<boolean> {
  const seen = await look(path);
  if (seen === null) return true;
  if (!seen.stale) return false;
  const aside = `${path}.${randomBytes(4).toString('hex')}.stale`;
  try {
    await rename(path, aside);
    // Between our look and the rename another may have done the same and taken the lock: then it gets it back.
    if ((await readFile(aside, 'utf8')) !== seen.text) await link(aside, path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
  return true;
}

async function look(path: string): Promise<{ text: string; stale: boolean } | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const age = Date.now() - mtimeMs;
    const owner = ownerSchema.safeParse(parse(text));
    if (!owner.success) return { text, stale: age > UNWRITTEN_MS };
    const elsewhere = owner.data.host !== hostname();
    return { text, stale: elsewhere ? age > GIVE_UP_MS : !isAlive(owner.data) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listening?.dispose();
      resolve();
    }, ms);
    const listening =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(new AbortError(signal.reason));
      });
  });
}
