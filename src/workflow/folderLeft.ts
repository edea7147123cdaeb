import type { RuntimeDeps } from './runContext.ts';

/** A run that ends must not wait long for git. */
const PATIENCE_MS = 2_000;

/** What the session's folder is like at the end of an attempt; null when that takes too long to find out. */
export async function folderLeft({ worktrees, clock }: Pick<RuntimeDeps, 'worktrees' | 'clock'>, cwd: string) {
  const [late, done] = [new AbortController(), new AbortController()];
  const timer = clock.sleep(PATIENCE_MS, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await worktrees.folderState(cwd, late.signal);
  } catch {
    return null;
  } finally {
    done.abort();
    await timer;
  }
}
