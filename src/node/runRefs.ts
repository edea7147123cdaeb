import { isCommitId } from '../base/commitId.ts';
import { integrationBranch } from '../workflow/landing.ts';
import { expectOk, lastWords, NO_GIT, type Git, type GitResult } from './git.ts';
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
/** Under which changes are kept whose branch a person has deleted by `dwf discard` or in the editor. */
export const discardedRefs = (runId: string): string => `${keptRefs(runId)}discarded/`;
/** Keeps the commit of what was not committed when the run began. */
export const snapshotRef = (runId: string): string => `${keptRefs(runId)}snapshot`;
/** Keeps the files as they were before a turn of a session. */
export const checkpointRef = (sessionId: string, turn: number): string => `${keptRefs(sessionId)}turn-${turn}`;
/** Whether a ref keeps such files. They are a copy of what the person had, and no work of the session. */
export const isCheckpoint = (sessionId: string, name: string): boolean =>
  name.startsWith(keptRefs(sessionId)) && /^turn-\d+$/.test(name.slice(keptRefs(sessionId).length));
const ownBranches = (runId: string): string => `refs/heads/workflow/${runId}/`;

/** Unreadable says nothing about what is there: the drive may be unmounted, the folder moved, git broken. */
export type ReadRefs =
  { readonly kind: 'read'; readonly refs: RunRefs } | { readonly kind: 'unreadable'; readonly message: string };

export async function refsOfRun(git: Git, cwd: string, runId: string): Promise<ReadRefs> {
  if (!isRunId(runId)) return { kind: 'unreadable', message: 'It has no name that a run can have' };
  const format = '--format=%(refname)%00%(objectname)%00%(worktreepath)%00';
  const result = await git({ cwd, args: ['for-each-ref', format, keptRefs(runId), ownBranches(runId)] });
  if (result.kind !== 'ok') return { kind: 'unreadable', message: whyNot(result) };
  const refs = result.stdout.split('\0\n').flatMap((line) => {
    const [name = '', commit = '', checkedOutAt = ''] = line.split('\0');
    return name === '' ? [] : [{ name, commit, checkedOutAt }];
  });
  const kept = refs
    .filter(({ name }) => name.startsWith(keptRefs(runId)))
    .map(({ name, commit }) => ({ name, commit }));
  return { kind: 'read', refs: { kept, branches: refs.filter(({ name }) => name.startsWith(ownBranches(runId))) } };
}

/** Git's last words, without a full stop. */
export function whyNot(result: Exclude<GitResult, { readonly kind: 'ok' }>): string {
  return (result.kind === 'no-git' ? NO_GIT : lastWords(result.stderr)).replace(/\.$/, '');
}

/**
 * Whether a commit stays when all that is the run's own goes: some other branch or tag has it, or the run's integration
 * branch, which is left to the person. One that is not there any more cannot be lost. Throws when git cannot tell.
 */
export async function staysWithout(
  git: Git,
  cwd: string,
  runId: string,
  commit: string,
  { integrationCounts = true }: { readonly integrationCounts?: boolean } = {},
): Promise<boolean> {
  if (!isCommitId(commit)) return true;
  const result = await git({ cwd, args: ['for-each-ref', `--contains=${commit}`, '--format=%(refname)'] });
  if (result.kind !== 'ok') {
    // For a commit that is not there git fails too; only this question has an exit code of its own for it.
    const there = await git({ cwd, args: ['cat-file', '-e', commit] });
    if (there.kind === 'failed' && there.exitCode === 1) return true;
  }
  const integration = `refs/heads/${integrationBranch(runId)}`;
  return expectOk(result, 'looking where a commit of a run is')
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
