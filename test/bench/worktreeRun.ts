import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGate } from '../../src/node/gate.ts';
import { createGit } from '../../src/node/git.ts';
import { createGitWorktrees } from '../../src/node/gitWorktrees.ts';
import type { BackendKind } from '../../src/node/worktrees/backend.ts';
import type { Lease } from '../../src/workflow/worktrees.ts';
import { git } from './worktreeRepository.ts';

// Measures worktrees in a process of its own, of which and of whose children all CPU counts: argv holds a WorktreeRun.

export interface WorktreeRun {
  readonly repository: string;
  readonly home: string;
  /** `naive`: `git worktree add` by hand. */
  readonly way: BackendKind | 'naive';
  readonly count: number;
}

/** Milliseconds and bytes of one worktree, unless it says otherwise. */
export interface WorktreeFigures {
  readonly createCpuMs: number;
  readonly bytes: number;
  /** The first of a run also makes what all others rest on. */
  readonly firstCpuMs: number;
  /** What its holder waits for. */
  readonly removeMs: number;
  /** From asking for a worktree until a file in it is changed. */
  readonly firstEditMs: number;
  /** What the backend itself takes of that: one mount, or git's own `worktree add`. */
  readonly bareMs: number;
  /** Giving one back and getting one for another name. */
  readonly againCpuMs: number;
}

const run = promisify(execFile);
const signal = new AbortController().signal;
const { repository, home, way, count } = JSON.parse(process.argv[2] ?? '') as WorktreeRun;

async function measureBackend(backend: BackendKind): Promise<WorktreeFigures> {
  const worktrees = createGitWorktrees({ home, git: createGit(), gate: createGate(), backend });
  const commit = (await git(repository, 'rev-parse', 'HEAD')).trim();
  const lease = async (name: string): Promise<Lease> => {
    const result = await worktrees.acquire(repository, { runId: 'bench', name, commit }, signal);
    if (result.kind === 'failed') throw new Error(result.message);
    return result.lease;
  };
  const before = await cpuMs();
  const first = await lease('first');
  const firstCpuMs = (await cpuMs()) - before;
  const [cpuBefore, bytesBefore] = [await cpuMs(), await bytesOfAll()];
  const cpuMeasuring = (await cpuMs()) - cpuBefore;
  const all = await Promise.all(Array.from({ length: count }, (_, i) => lease(`agent-${i}`)));
  const createCpuMs = ((await cpuMs()) - cpuBefore - cpuMeasuring) / count;
  const bytes = ((await bytesOfAll()) - bytesBefore) / count;
  const removals = [];
  for (const own of all.slice(0, Math.min(count, 20))) removals.push(await wallMs(() => own.release()));
  const [edits, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < 5; i++) {
    let own: Lease | undefined;
    edits.push(
      await wallMs(async () => {
        own = await lease(`edit-${i}`);
        await edit(own.path);
      }),
    );
    await own?.release();
    bare.push(await (backend === 'overlay' ? bareMountMs(i) : bareAddMs(i)));
  }
  await Promise.all([first, ...all].map((own) => own.release()));
  await worktrees.close();
  return {
    ...{ createCpuMs, bytes, firstCpuMs },
    ...{
      removeMs: median(removals),
      firstEditMs: median(edits),
      bareMs: median(bare),
      againCpuMs: await againCpuMs(backend),
    },
  };
}

async function bareAddMs(i: number): Promise<number> {
  const path = join(home, `bare-add-${i}`);
  const ms = await wallMs(() => git(repository, 'worktree', 'add', '-q', '--detach', path));
  await git(repository, 'worktree', 'remove', '--force', path);
  return ms;
}

async function bareMountMs(i: number): Promise<number> {
  const [at, ...layers] = ['at', 'lower', 'upper', 'work'].map((name) => join(home, `bare-${i}`, name));
  if (at === undefined) return 0;
  for (const folder of [at, ...layers]) await mkdir(folder, { recursive: true });
  const [lower, upper, work] = layers;
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  const ms = await wallMs(() => run('mount', ['-t', 'overlay', '-o', options, 'overlay', at]));
  await run('umount', [at]);
  return ms;
}

/** An agent's worktree after the other, each with a change, all deletion counted. */
async function againCpuMs(backend: BackendKind): Promise<number> {
  const worktrees = createGitWorktrees({ home, git: createGit(), gate: createGate(), backend });
  const lease = async (name: string): Promise<Lease> => {
    const result = await worktrees.acquire(repository, { runId: 'again', name, commit: 'HEAD' }, signal);
    if (result.kind === 'failed') throw new Error(result.message);
    return result.lease;
  };
  let own = await lease('agent-0');
  const from = await cpuMs();
  const times = 5;
  for (let i = 1; i <= times; i++) {
    await edit(own.path);
    await own.release();
    own = await lease(`agent-${i}`);
  }
  const used = ((await cpuMs()) - from) / times;
  await own.release();
  await worktrees.close();
  return used;
}

async function measureNaive(): Promise<WorktreeFigures> {
  const path = (i: number): string => join(home, 'naive', `agent-${i}`);
  await mkdir(join(home, 'naive'), { recursive: true });
  const [cpuBefore, bytesBefore] = [await cpuMs(), await bytesOfAll()];
  const edits = [];
  for (let i = 0; i < count; i++) {
    edits.push(
      await wallMs(async () => {
        await git(repository, 'worktree', 'add', '-q', '--detach', path(i));
        await edit(path(i));
      }),
    );
  }
  const createCpuMs = ((await cpuMs()) - cpuBefore) / count;
  const bytes = ((await bytesOfAll()) - bytesBefore) / count;
  const removing = await cpuMs();
  const removals = [];
  for (let i = 0; i < count; i++)
    removals.push(await wallMs(() => git(repository, 'worktree', 'remove', '--force', path(i))));
  const againCpuMs = ((await cpuMs()) - removing) / count + createCpuMs;
  return {
    ...{ createCpuMs, bytes, firstCpuMs: createCpuMs, removeMs: median(removals) },
    ...{ firstEditMs: median(edits), bareMs: median(edits), againCpuMs },
  };
}

function edit(path: string): Promise<void> {
  return appendFile(join(path, 'part-0/folder-0/file-0.ts'), '// changed\n');
}

async function wallMs(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Of this process and of all its children that have ended (proc(5): fields 16 and 17, in ticks of 10 ms). */
async function cpuMs(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + (Number(fields[13]) + Number(fields[14])) * 10;
}

/** On disk: what lies below a mount counts once, where it lies. */
async function bytesOfAll(): Promise<number> {
  await mkdir(home, { recursive: true });
  // It fails for a file that vanishes meanwhile, and has told the rest all the same.
  const du = run('du', ['-sxk', home, join(repository, '.git')]).catch((error: unknown) => error);
  const { stdout } = (await du) as { readonly stdout: string };
  return stdout.split('\n').reduce((sum, line) => sum + Number(line.split('\t')[0]) * 1_024, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length / 2)] ?? 0;
}

const figures = way === 'naive' ? await measureNaive() : await measureBackend(way);
console.log(JSON.stringify(figures));
