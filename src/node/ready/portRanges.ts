import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isAlive, ownerSchema, thisProcess, type FileLocks } from '../fileLock.ts';

/** Ports from `base` on that nobody else of this machine's runs has until they are given back. */
export interface PortRange {
  readonly base: number;
  release(): Promise<void>;
}

export interface PortRanges {
  /** Null when all are taken. Rejects with AbortError on abort. */
  take(signal?: AbortSignal): Promise<PortRange | null>;
}

/** Servers, debuggers and databases of one project's tests. */
export const PORTS_EACH = 20;
/** Below the ports that systems give out by themselves, above those that most services have by custom. */
const FIRST = 20_000;
const RANGES = 600;

/** A range is a file in `folder` while it is taken; what a dead process has taken is free again. */
export function createPortRanges(folder: string, locks: FileLocks): PortRanges {
  // Each process begins elsewhere, so that what another person's processes take, in their own folder, seldom collides.
  let next = process.pid % RANGES;
  return {
    take: async (signal) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return locks.within(join(folder, '.lock'), signal, async () => {
        const taken = await takenIn(folder);
        for (let tries = 0; tries < RANGES; tries += 1) {
          const base = FIRST + PORTS_EACH * next;
          next = (next + 1) % RANGES;
          if (taken.has(base) || !(await areFree(base))) continue;
          const file = join(folder, `${base}.json`);
          await writeFile(file, JSON.stringify(thisProcess()), { mode: 0o600 });
          return { base, release: () => rm(file, { force: true }) };
        }
        return null;
      });
    },
  };
}

async function takenIn(folder: string): Promise<ReadonlySet<number>> {
  const taken = new Set<number>();
  for (const name of await readdir(folder)) {
    const [, base] = /^(\d+)\.json$/.exec(name) ?? [];
    if (base === undefined) continue;
    const file = join(folder, name);
    const owner = ownerSchema.safeParse(
      await readFile(file, 'utf8')
        .then(JSON.parse)
        .catch(() => null),
    );
    if (owner.success && isAlive(owner.data)) taken.add(Number(base));
    else await rm(file, { force: true });
  }
  return taken;
}

/** Nobody listens there now. */
async function areFree(base: number): Promise<boolean> {
  const ports = Array.from({ length: PORTS_EACH }, (_, i) => base + i);
  return (await Promise.all(ports.map(isFree))).every((free) => free);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
