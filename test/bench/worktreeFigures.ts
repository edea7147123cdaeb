import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BackendKind } from '../../src/node/worktrees/backend.ts';
import { tryBackends } from '../../src/node/worktrees/chooseBackend.ts';
import { round } from './cliRun.ts';
import { withGeneratedRepository } from './worktreeRepository.ts';
import type { WorktreeFigures, WorktreeRun } from './worktreeRun.ts';

const run = promisify(execFile);

/** How many worktrees a backend makes; from those that cost as much as git's own, fewer tell as well. */
const COUNT: Readonly<Record<BackendKind | 'naive', number>> = { overlay: 100, reflink: 20, plain: 10, naive: 3 };

/** Processes that measure the same. Full copies take a minute each. */
const TIMES: Readonly<Record<BackendKind | 'naive', number>> = { overlay: 3, reflink: 1, plain: 1, naive: 2 };

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
    const naive = await measure({ ...places, way: 'naive', count: COUNT.naive }, TIMES.naive);
    const figures: Record<string, number> = {
      [`createCpuMs_${size}_git`]: round(naive.createCpuMs, 0),
      [`createMb_${size}_git`]: round(naive.bytes / 1e6, 1),
    };
    const held: Record<string, number> = {};
    for (const kind of kinds) {
      const own = await measure({ ...places, way: kind, count: COUNT[kind] }, TIMES[kind]);
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
    return { figures, held };
  });
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
async function measure(what: WorktreeRun, times: number): Promise<WorktreeFigures> {
  const program = join(import.meta.dirname, 'worktreeRun.ts');
  const all: WorktreeFigures[] = [];
  for (let time = 0; time < times; time += 1) {
    // In a home of its own: what the one before has left would spare it work.
    const own = { ...what, home: join(what.home, `${what.way}-${time}`) };
    const { stdout } = await run(process.execPath, [program, JSON.stringify(own)], { maxBuffer: 1 << 24 });
    all.push(JSON.parse(stdout) as WorktreeFigures);
  }
  const least = (name: keyof WorktreeFigures): number => Math.min(...all.map((one) => one[name]));
  return {
    createCpuMs: least('createCpuMs'),
    // On the disk the others write too.
    bytes: all.map(({ bytes }) => bytes).sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN,
    firstCpuMs: least('firstCpuMs'),
    removeMs: least('removeMs'),
    firstEditMs: least('firstEditMs'),
    bareMs: least('bareMs'),
    againCpuMs: least('againCpuMs'),
  };
}
