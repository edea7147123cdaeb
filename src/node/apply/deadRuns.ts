import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Worktrees } from '../../workflow/worktrees.ts';
import type { Git } from '../git.ts';
import { ownerlessWorktrees } from '../worktreeRemoval.ts';
import { dirsOfRuns, sweepUnowned } from './worktreeCensus.ts';

export interface DeadRunsDeps {
  readonly home: string;
  readonly git: Git;
  readonly worktrees: Pick<Worktrees, 'sweep'>;
}

/** The worktrees of runs whose process died, taken away by whichever process begins a run in their repository. */
export interface DeadRuns {
  /**
   * Removes them, as `dwf worktrees gc` does, in the repository of `cwd`. Gives what a person should know of it, a line
   * each. Never rejects.
   */
  sweep(cwd: string): Promise<readonly string[]>;
  /** Resolves when no sweep of this process has the run, so that it can be resumed. */
  free(runId: string): Promise<void>;
  /** Ends what goes on, after the run that is being swept. */
  close(): Promise<void>;
}

export function createDeadRuns(deps: DeadRunsDeps): DeadRuns {
  const sweeps = new Set<Promise<readonly string[]>>();
  const swept = new Map<string, Promise<readonly string[]>>();
  let closed = false;

  /** One sweep of a run at a time: the second would find it in use. */
  const once = (repository: string, runId: string, dir: string | undefined): Promise<readonly string[]> => {
    const under = swept.get(runId);
    if (under) return under.then(() => []);
    const own = sweepOne(deps, repository, runId, dir).finally(() => swept.delete(runId));
    swept.set(runId, own);
    return own;
  };
  const all = async (cwd: string): Promise<readonly string[]> => {
    const runIds = await deadRunsAt(deps, cwd);
    if (runIds.length === 0) return [];
    const dirs = await dirsOfRuns(deps.home);
    const said: string[] = [];
    for (const runId of runIds) if (!closed) said.push(...(await once(cwd, runId, dirs.get(runId))));
    return said;
  };

  return {
    sweep: (cwd) => {
      const sweep = all(cwd).catch((error: unknown) => [
        `What dead runs have left in this repository could not be looked for: ${error instanceof Error ? error.message : String(error)}`,
      ]);
      sweeps.add(sweep);
      return sweep.finally(() => sweeps.delete(sweep));
    },
    free: async (runId) => {
      await swept.get(runId);
    },
    close: async () => {
      closed = true;
      await Promise.all(sweeps);
    },
  };
}

/** Of those whose worktrees are under this home. One question to git, and its records of worktrees, where there are none. */
async function deadRunsAt({ home, git }: DeadRunsDeps, cwd: string): Promise<readonly string[]> {
  const ours = await realpath(join(home, 'worktrees')).catch(() => null);
  if (ours === null) return [];
  const answer = await git({ cwd, args: ['rev-parse', '--path-format=absolute', '--git-common-dir'] });
  if (answer.kind !== 'ok') return [];
  const left = await ownerlessWorktrees(answer.stdout.replace(/\n$/, ''));
  return [...new Set(left.filter(({ path }) => path.startsWith(ours + sep)).map(({ runId }) => runId))];
}

async function sweepOne(
  { worktrees }: DeadRunsDeps,
  repository: string,
  runId: string,
  dir: string | undefined,
): Promise<readonly string[]> {
  const swept = await sweepUnowned(worktrees, { repository, runId, dir });
  switch (swept.kind) {
    case 'swept':
      return swept.kept.map((place) => `What the dead run ${runId} had not committed is kept: ${place}`);
    case 'failed':
      return [`The worktrees of the dead run ${runId} could not be removed: ${swept.message}`];
    case 'held':
      return [];
  }
}
