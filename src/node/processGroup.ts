import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { onAbort } from '../base/abort.ts';
import { DisposableStore } from '../base/disposable.ts';
import { killTreeCommand } from './platformShell.ts';
import { descendantsOf, endStrays } from './strayProcesses.ts';

/** From SIGTERM to SIGKILL, and from SIGKILL until we stop waiting for pipes that somebody outside the group holds. */
const TERM_GRACE_MS = 300;
const PIPE_GRACE_MS = 200;

export type GroupEnd =
  | { readonly kind: 'exited'; readonly exitCode: number | null }
  | { readonly kind: 'not-started'; readonly problem: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' };

export type GroupStart =
  | { readonly kind: 'started'; readonly child: ChildProcess }
  | { readonly kind: 'not-started'; readonly problem: Promise<string> };

/**
 * A process of a group of its own. Node throws for what the system does not take (a command that is too long); where there
 * are no file handles left, it gives a process without pipes and says why later; all else `firstEnd` hears.
 */
export function startGroup(program: string, args: readonly string[], options: SpawnOptions): GroupStart {
  try {
    const child = spawn(program, args, { ...options, detached: process.platform !== 'win32', windowsHide: true });
    if (hasPipes(child)) return { kind: 'started', child };
    return { kind: 'not-started', problem: once(child, 'error').then(([error]) => problemOf(error)) };
  } catch (error) {
    return { kind: 'not-started', problem: Promise.resolve(problemOf(error)) };
  }
}

function hasPipes({ stdio }: { readonly stdio?: ChildProcess['stdio'] }): boolean {
  return stdio !== undefined;
}

export function pipeOf(child: ChildProcess, at: 1 | 2 | 3): Readable {
  const pipe = child.stdio[at];
  if (!pipe || !('read' in pipe)) throw new Error(`The command has no pipe ${at}.`);
  return pipe;
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What happens first: the shell ends by itself, or somebody has to end it. */
export async function firstEnd(child: ChildProcess, timeoutMs: number, signal: AbortSignal): Promise<GroupEnd> {
  const owned = new DisposableStore();
  try {
    return await new Promise<GroupEnd>((resolve) => {
      child.once('exit', (exitCode) => resolve({ kind: 'exited', exitCode }));
      child.once('error', (error) => resolve({ kind: 'not-started', problem: error.message }));
      const timer = setTimeout(() => resolve({ kind: 'timed-out' }), timeoutMs);
      owned.add({ dispose: () => clearTimeout(timer) });
      owned.add(onAbort(signal, () => resolve({ kind: 'aborted' })));
    });
  } finally {
    owned.dispose();
  }
}

/**
 * Ends what is left of the group and those who left it, who carry `mark`, and waits for its pipes; then lets go of them,
 * whoever still holds them.
 */
export async function endGroup(child: ChildProcess, mark: string, closed: Promise<void>): Promise<void> {
  const group = child.pid;
  if (group !== undefined) {
    if (process.platform === 'win32') endTree(group);
    else await endAll(group, mark);
  }
  const letGo = new AbortController();
  await Promise.race([closed, pause(PIPE_GRACE_MS, letGo.signal)]);
  letGo.abort();
  for (const pipe of child.stdio) pipe?.destroy();
}

async function endAll(group: number, mark: string): Promise<void> {
  const family = descendantsOf(group);
  if (signalGroup(group, 'SIGTERM')) {
    const deadline = performance.now() + TERM_GRACE_MS;
    while (performance.now() < deadline && signalGroup(group, 0)) await pause(10);
    signalGroup(group, 'SIGKILL');
  }
  endStrays(group, mark, family);
}

function endTree(pid: number): void {
  const [program, ...args] = killTreeCommand(pid);
  spawnSync(program, args, { windowsHide: true, timeout: 5_000 });
}

/** False when the group is gone. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
