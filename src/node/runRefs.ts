import { integrationBranch } from '../workflow/landing.ts';
import { expectOk, type Git } from './git.ts';
import { isRunId } from './runFiles.ts';

interface Ref {
  readonly name: string;
  readonly commit: string;
}

/** What a run has left in its repository. */
export interface RunRefs {
  /** Under `refs/dynamic-workflows/<run>/`: they keep its commits, and what was rescued, from git's garbage collection. */
  readonly kept: readonly Ref[];
  /** Under `refs/heads/workflow/<run>/`; `checkedOutAt` is a folder, or empty. */
  readonly branches: readonly (Ref & { readonly checkedOutAt: string })[];
}

const keptRefs = (runId: string): string => `refs/dynamic-workflows/${runId}/`;
const ownBranches = (runId: string): string => `refs/heads/workflow/${runId}/`;

/** Null where there is no repository (any more). */
export async function refsOfRun(git: Git, cwd: string, runId: string): Promise<RunRefs | null> {
  if (!isRunId(runId)) return null;
  const format = '--format=%(refname)%00%(objectname)%00%(worktreepath)%00';
  const result = await git({ cwd, args: ['for-each-ref', format, keptRefs(runId), ownBranches(runId)] });
  if (result.kind !== 'ok') return null;
  const refs = result.stdout.split('\0\n').flatMap((line) => {
    const [name = '', commit = '', checkedOutAt = ''] = line.split('\0');
    return name === '' ? [] : [{ name, commit, checkedOutAt }];
  });
  return {
    kept: refs.filter(({ name }) => name.startsWith(keptRefs(runId))).map(({ name, commit }) => ({ name, commit })),
    branches: refs.filter(({ name }) => name.startsWith(ownBranches(runId))),
  };
}

/**
 * Whether a commit stays when all that is the run's own goes: some other branch or tag has it, or the run's integration
 * branch, which is left to the person. One that is not there any more cannot be lost.
 */
export async function staysWithout(
  git: Git,
  cwd: string,
  runId: string,
  commit: string,
  { integrationCounts = true }: { readonly integrationCounts?: boolean } = {},
): Promise<boolean> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return true;
  const result = await git({ cwd, args: ['for-each-ref', `--contains=${commit}`, '--format=%(refname)'] });
  if (result.kind !== 'ok') return true;
  const integration = `refs/heads/${integrationBranch(runId)}`;
  return result.stdout
    .split('\n')
    .some(
      (name) =>
        name !== '' &&
        !name.startsWith(keptRefs(runId)) &&
        (!name.startsWith(ownBranches(runId)) || (integrationCounts && name === integration)),
    );
}

/** All or none; a ref that has moved since stops it. */
export async function deleteRefs(git: Git, cwd: string, refs: readonly Ref[]): Promise<void> {
  if (refs.length === 0) return;
  const input = refs.map(({ name, commit }) => `delete ${name} ${commit}\n`).join('');
  expectOk(await git({ cwd, args: ['update-ref', '--stdin'], input }), 'deleting refs of a run');
}
