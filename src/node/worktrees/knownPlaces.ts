import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git } from '../git.ts';
import { locate, type GitPlace } from '../gitPlace.ts';

/** Where folders stand in their repositories, asked of git once: five questions cost more than a worktree. */
export interface Places {
  /** Rejects with words for a person where there is no repository to be had. */
  locate(cwd: string, signal: AbortSignal): Promise<GitPlace>;
}

export function createPlaces(git: Git): Places {
  const known = new Map<string, { readonly place: GitPlace; readonly mark: string }>();
  return {
    locate: async (cwd, signal) => {
      const mark = await markOf(cwd);
      const before = known.get(cwd);
      if (before && mark !== null && before.mark === mark) return before.place;
      const located = await locate(git, cwd, signal);
      if (located.kind !== 'located') throw new Error(located.message);
      if (mark !== null) known.set(cwd, { place: located.place, mark });
      return located.place;
    },
  };
}

/** The first `.git` on the way up, which is what git goes by, as something that changes when another takes its place. */
async function markOf(cwd: string): Promise<string | null> {
  let folder = await realpath(cwd).catch(() => null);
  while (folder !== null) {
    const dotGit = join(folder, '.git');
    const info = await lstat(dotGit).catch(() => null);
    if (info) return `${dotGit} ${info.dev} ${info.ino} ${info.birthtimeMs}`;
    folder = dirname(folder) === folder ? null : dirname(folder);
  }
  return null;
}
