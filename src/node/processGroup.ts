import { spawnSync, type ChildProcess } from 'node:child_process';
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
