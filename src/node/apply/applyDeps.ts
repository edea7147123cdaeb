import { join } from 'node:path';
import { createFileLocks, type FileLocks } from '../fileLock.ts';
import type { Git } from '../git.ts';

export interface ApplyDeps {
  readonly git: Git;
  readonly locks: FileLocks;
  /** `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
  readonly home: string;
}

export function applyDeps(git: Git, home: string): ApplyDeps {
  return { git, home, locks: createFileLocks() };
}

/** A run's folder; absolute. */
export interface RunPlace {
  readonly runId: string;
  readonly dir: string;
}

export const appliedFolder = ({ dir }: Pick<RunPlace, 'dir'>): string => join(dir, 'applied');

/** What all processes lock that write a checkout on a person's word. */
export const checkoutLock = (gitDir: string): string => join(gitDir, 'dynamic-workflows-apply.lock');
