import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Disposable } from '../base/disposable.ts';
import { isAlive, ownerSchema, thisProcess, type Owner } from './fileLock.ts';
import { processStart } from './processStart.ts';

// A process that is killed outright cannot end its commands: they live on and write where their run's next owner works.
// So each command stands in a small file of its own while it runs, which says whose it is.

export interface CommandRecords {
  /** Notes the group that `pid` leads; dispose when it has ended. A group that cannot be noted runs all the same. */
  begin(pid: number): Disposable;
}

const recordSchema = z.object({
  /** The first process of the group; the group has its number. */
  leader: ownerSchema.extend({ started: z.string() }),
  owner: ownerSchema,
});

const folderIn = (home: string): string => join(home, 'commands');
/** From SIGKILL until we stop waiting. */
const KILL_WAIT_MS = 1_000;
/** A record without its text is being written, or its writer died in that moment. */
const UNWRITTEN_MS = 10_000;

export function createCommandRecords(home: string): CommandRecords {
  const folder = folderIn(home);
  let owner: Owner | undefined;
  return {
    begin: (pid) => {
      const start = processStart(pid);
      // Without its start it could not be told from a later process of the same number.
      if (start.kind !== 'started') return { dispose: () => undefined };
      owner ??= thisProcess();
      const path = join(folder, `${pid}-${randomBytes(4).toString('hex')}.json`);
      const record: z.infer<typeof recordSchema> = { leader: { ...owner, pid, started: start.at }, owner };
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
      } catch {
        // A full disk: then this one is not found should we be killed now.
        return { dispose: () => undefined };
      }
      return { dispose: () => rmSync(path, { force: true }) };
    },
  };
}

/** Ends commands whose process on this machine died without ending them; gives how many there were. */
export async function killLeftoverCommands(home: string): Promise<number> {
  const folder = folderIn(home);
  const names = await readdir(folder).catch(() => []);
  const killed = await Promise.all(names.map((name) => clear(join(folder, name))));
  return killed.filter((was) => was).length;
}

/** True when a command had to be killed. */
async function clear(path: string): Promise<boolean> {
  const record = recordSchema.safeParse(await readJson(path));
  if (!record.success) {
    const info = await stat(path).catch(() => null);
    if (info && Date.now() - info.mtimeMs > UNWRITTEN_MS) await rm(path, { force: true });
    return false;
  }
  const { leader, owner } = record.data;
  if (owner.host !== hostname() || isAlive(owner)) return false;
  const lives = isSame(leader);
  if (lives) await kill(leader);
  await rm(path, { force: true });
  return lives;
}

function isSame({ pid, started }: Owner): boolean {
  const now = processStart(pid);
  return now.kind === 'started' && now.at === started;
}

async function kill(leader: Owner): Promise<void> {
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    return;
  }
  const until = performance.now() + KILL_WAIT_MS;
  while (isSame(leader) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}
