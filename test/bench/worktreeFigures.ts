import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BackendKind } from '../../src/node/worktrees/backend.ts';
import { tryBackends } from '../../src/node/worktrees/chooseBackend.ts';
import { round } from './cliRun.ts';
import { withGeneratedRepository } from './worktreeRepository.ts';
import type { WorktreeFigures, WorktreeRun } from './worktreeRun.ts';

const run = promisify(execFile);

/** How many worktrees a backend makes; from those that cost as much as git's own, fewer tell as well. */
const COUNT: Readonly<Record<BackendKind | 'naive', number>> = { overlay: 100, reflink: 20, plain: 10, naive: 3 };

/** Processes that measure the same; but for full copies, which take a minute each. */
const TIMES = 3;

export interface FiguresOfSize {
  /** Their names end with the number of files and the backend. */
  readonly figures: Readonly<Record<string, number>>;
  /** Those that hold for all sizes, of this one: of the cheapest backend, and of the plain one what is given back. */
  readonly held: Readonly<Record<string, number>>;
}

/** Worktrees of every backend that works here, against `git worktree add`, in a generated repository. */
export async function worktreeFigures(files: number, say: (line: string) => void): Promise<FiguresOfSize> {
  const tried = await triedHere();
  const kinds = (['overlay', 'reflink', 'plain'] as const).filter((kind) => tried[kind] === null);
  const size = `${files / 1_000}k`;
  return withGeneratedRepository(files, async (places) => {
    const wayOf = (way: WorktreeRun['way']): WorktreeRun => ({ ...places, way, count: COUNT[way] });
    const cheap = kinds.filter((kind) => kind !== 'plain');
    const [naive, ...cheapest] = await inTurns([wayOf('naive'), ...cheap.map(wayOf)]);
    if (!naive) throw new Error('git was not measured');
    const figures: Record<string, number> = {
      [`createCpuMs_${size}_git`]: round(naive.createCpuMs, 0),
      [`createMb_${size}_git`]: round(naive.bytes / 1e6, 1),
    };
    const held: Record<string, number> = {};
    for (const kind of kinds) {
      const own = cheapest[kinds.indexOf(kind)] ?? (await measure(wayOf(kind)));
      Object.assign(figures, figuresOf(`${size}_${kind}`, own, naive));
      // Of others the ratio stands under their own name, and nothing is promised of it.
      if (kind === 'overlay') figures[`createCpuRatio_${size}`] = round(naive.createCpuMs / own.createCpuMs, 1);
      if (kind === kinds[0]) {
        held['removeMs'] = round(own.removeMs, 2);
        held['firstEditMs'] = round(own.firstEditMs - own.bareMs, 1);
      }
      if (kind === 'plain') held[`reuseCpuRatio_${size}`] = round(naive.againCpuMs / own.againCpuMs, 2);
      say(
        `${files} files, ${kind}: ${round(own.createCpuMs, 1)} ms CPU a worktree; git: ${round(naive.createCpuMs, 0)}`,
      );
    }
    if (process.getuid?.() === 0) {
      const own = await asNobody(places, () => measure(wayOf('plain'), 0, NOBODY));
      Object.assign(figures, figuresOf(`${size}_plain_notRoot`, own, naive));
    }
    return { figures, held };
  });
}

/** A user who may mount nothing and has no rights of root's; on Linux the one of this number is called so. */
const NOBODY = 65_534;

/** Whoever measures last: git takes a repository from its owner alone. */
async function asNobody<T>(places: { readonly repository: string; readonly home: string }, work: () => Promise<T>) {
  await mkdir(places.home, { recursive: true });
  await run('chown', ['-R', String(NOBODY), places.repository]);
  await run('chown', [String(NOBODY), places.home, dirname(places.home)]);
  await chmod(dirname(places.home), 0o755);
  return work();
}

function figuresOf(name: string, own: WorktreeFigures, naive: WorktreeFigures): Record<string, number> {
  return {
    [`createCpuMs_${name}`]: round(own.createCpuMs, 2),
    [`createCpuRatio_${name}`]: round(naive.createCpuMs / own.createCpuMs, 1),
    [`createCpuRatioOf100WithTheFirst_${name}`]: round(
      (naive.createCpuMs * 100) / (own.firstCpuMs + own.createCpuMs * 99),
      1,
    ),
    [`createMb_${name}`]: round(own.bytes / 1e6, 3),
    [`removeMs_${name}`]: round(own.removeMs, 2),
    [`firstEditWallMs_${name}`]: round(own.firstEditMs, 1),
    [`bareWallMs_${name}`]: round(own.bareMs, 1),
    [`againCpuRatio_${name}`]: round(naive.againCpuMs / own.againCpuMs, 2),
  };
}

async function triedHere(): Promise<Readonly<Record<BackendKind, string | null>>> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-bench-'));
  try {
    return await tryBackends(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of each figure the least of so many processes: what else the machine does only adds to it. */
async function measure(what: WorktreeRun, time = 0, uid?: number): Promise<WorktreeFigures> {
  const program = join(import.meta.dirname, 'worktreeRun.ts');
  // In a home of its own: what the one before has left would spare it work.
  const own = { ...what, home: join(what.home, `${what.way}-${uid ?? 'own'}-${time}`) };
  const user = uid === undefined ? {} : { uid, gid: uid, env: { ...process.env, HOME: what.home } };
  const options = { ...user, maxBuffer: 1 << 24, encoding: 'utf8' } as const;
  const { stdout } = await run(process.execPath, [program, JSON.stringify(own)], options);
  return JSON.parse(stdout) as WorktreeFigures;
}

/**
 * Several ways in turns, of each figure the least: what else the machine does only adds to it, and what it does for a while
 * falls on all of them.
 */
async function inTurns(ways: readonly WorktreeRun[]): Promise<readonly WorktreeFigures[]> {
  const all: WorktreeFigures[][] = ways.map(() => []);
  for (let time = 0; time < TIMES; time += 1)
    for (const [i, way] of ways.entries()) all[i]?.push(await measure(way, time));
  return all.map(leastOf);
}

function leastOf(all: readonly WorktreeFigures[]): WorktreeFigures {
  const least = (name: keyof WorktreeFigures): number => Math.min(...all.map((one) => one[name]));
  return {
    createCpuMs: least('createCpuMs'),
    // On the disk the others write too.
    bytes: all.map(({ bytes }) => bytes).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN,
    firstCpuMs: least('firstCpuMs'),
    removeMs: least('removeMs'),
    firstEditMs: least('firstEditMs'),
    bareMs: least('bareMs'),
    againCpuMs: least('againCpuMs'),
  };
}
