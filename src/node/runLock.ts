import { randomBytes } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { link, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, isMissing } from './errno.ts';
import { FILE_MODE, parseJson } from './ndjson.ts';
import { processStart } from './processStart.ts';
import { readText } from './runFiles.ts';

/** How often an owner shows that it lives, and how long silence is still life. */
const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;

/** Who writes a run, as seen from outside. */
export type Ownership =
  /** Nobody, or somebody who has let go. */
  | { readonly kind: 'free' }
  /** `silent`: the process is there and has not shown itself for 30 seconds; it may wake up, so its run is not ours. */
  | { readonly kind: 'held'; readonly pid: number; readonly silent: boolean }
  /** Its process is gone. */
  | { readonly kind: 'dead'; readonly pid: number };

/** The right to write a run; it lasts until it is released or the process is gone. */
export interface RunLock {
  release(): Promise<void>;
}

export type Claim =
  { readonly kind: 'claimed'; readonly lock: RunLock } | { readonly kind: 'held'; readonly pid: number };

/**
 * Owners of a run are numbered: `owner.1.json` launched it, `owner.2.json` took it over, and the highest number owns
 * it. A number is taken by one exclusive link and never given back, so two that see the same dead owner cannot both
 * succeed it, and nobody ever deletes a lock that has just become somebody's. The heartbeat is the file's time.
 */
export async function claimRun(dir: string): Promise<Claim> {
  for (;;) {
    const last = await lastOwner(dir);
    const ownership = judge(last, Date.now());
    if (ownership.kind === 'held') return { kind: 'held', pid: ownership.pid };
    const path = join(dir, `owner.${(last?.number ?? 0) + 1}.json`);
    if (await linkExclusive(path, ownerText(false))) return { kind: 'claimed', lock: keep(path) };
  }
}

export async function ownershipOf(dir: string, now = Date.now()): Promise<Ownership> {
  return judge(await lastOwner(dir), now);
}

function keep(path: string): RunLock {
  const beat = setInterval(() => touch(path), HEARTBEAT_MS);
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      const temporary = temporaryFor(path);
      try {
        await writeFile(temporary, ownerText(true), { mode: FILE_MODE });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        // The run was deleted under us: there is nothing left to let go.
        if (!isMissing(error)) throw error;
      }
    },
  };
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The run was deleted under us: there is nothing left to own.
  }
}

interface SeenOwner {
  readonly number: number;
  readonly owner: z.infer<typeof ownerSchema> | null;
  readonly beatAt: number;
}

async function lastOwner(dir: string): Promise<SeenOwner | null> {
  const numbers = (await readdir(dir)).map((name) => Number(/^owner\.(\d+)\.json$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  if (number === 0) return null;
  const path = join(dir, `owner.${number}.json`);
  const [text, info] = await Promise.all([readText(path), stat(path)]);
  const parsed = ownerSchema.safeParse(parseJson(text ?? ''));
  return { number, owner: parsed.success ? parsed.data : null, beatAt: info.mtimeMs };
}

function judge(seen: SeenOwner | null, at: number): Ownership {
  if (seen === null || seen.owner?.released === true) return { kind: 'free' };
  const silent = at - seen.beatAt > STALE_MS;
  if (seen.owner === null) return silent ? { kind: 'dead', pid: 0 } : { kind: 'held', pid: 0, silent };
  const { pid, started, host } = seen.owner;
  // Another machine's or container's process cannot be looked at: its heartbeat is all there is.
  if (host !== hostname()) return silent ? { kind: 'dead', pid } : { kind: 'held', pid, silent };
  const now = processStart(pid);
  switch (now.kind) {
    case 'gone':
      return { kind: 'dead', pid };
    case 'unknown':
      return silent ? { kind: 'dead', pid } : { kind: 'held', pid, silent };
    case 'started':
      return started !== null && now.at !== started ? { kind: 'dead', pid } : { kind: 'held', pid, silent };
  }
}

/** The file appears with its whole text or not at all; false when it is there already. */
async function linkExclusive(path: string, text: string): Promise<boolean> {
  const temporary = temporaryFor(path);
  await writeFile(temporary, text, { mode: FILE_MODE, flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function temporaryFor(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}.tmp`;
}

function ownerText(released: boolean): string {
  const self = processStart(process.pid);
  const started = self.kind === 'started' ? self.at : null;
  return JSON.stringify({ version: 1, pid: process.pid, started, host: hostname(), released });
}

const ownerSchema = z.object({
  version: z.literal(1),
  pid: z.int().min(1),
  /** When the process started, in the system's own words; null where it does not say. */
  started: z.string().nullable(),
  host: z.string(),
  released: z.boolean(),
});
