import { throwIfAborted } from '../../base/abort.ts';
import type { ChangedFile } from '../../protocol/change.ts';
import type { WorkFiles } from '../workFiles.ts';
import type { Commit, MergeRepository, Worktrees } from '../worktrees.ts';

export interface Outcomes {
  /** Whether the writer in this worktree has changed anything. */
  readonly changes: (name: string) => boolean;
  /** Whether the n-th merge goes through. */
  readonly merges: (n: number) => boolean;
}

const MADE_UP = 'made-up.txt';

/** A repository in which every folder is at the same first commit: what is written there is made up, and nothing is kept. */
export function createScratchRepository(outcomes: Outcomes): {
  readonly worktrees: Worktrees;
  readonly merge: MergeRepository;
  readonly files: WorkFiles;
} {
  const branches = new Map<string, string>();
  let commits = 0;
  let merges = 0;
  const newCommit = (): string => (commits += 1).toString(16).padStart(40, '0');
  const base = newCommit();
  /** By the worktrees that they were put into. */
  const put = new Map<string, Set<string>>();

  const worktrees: Worktrees = {
    inspect: async (cwd) => ({ kind: 'ready', root: cwd, base: { commit: base, dirtyFiles: 0 } }),
    acquire: async (_cwd, { runId, name, commit }, signal) => {
      throwIfAborted(signal);
      const path = `/rehearsal/${runId}/${name}`;
      return {
        kind: 'leased',
        lease: {
          path,
          cwd: path,
          base: branches.get(commit) ?? commit,
          restored: false,
          changes: async () => new Map([...(put.get(path) ?? [])].map((file) => [file, 'put'])),
          commit: async ({ branch }, aborted) => {
            throwIfAborted(aborted);
            if (!outcomes.changes(name)) return null;
            const made = newCommit();
            branches.set(branch, made);
            return { commit: made, branch, ...contents(name) };
          },
          release: async () => undefined,
          abandon: async () => null,
        },
      };
    },
    sweep: async () => [],
    snapshot: async (_cwd, request) => ({ kind: 'ready', base: request.base }),
    folderState: async () => null,
  };

  const merge: MergeRepository = {
    resolve: async (_cwd, branch) => branches.get(branch) ?? null,
    treeOf: async (_cwd, commit) => `tree of ${commit}`,
    merge: async (_cwd, ours, theirs) =>
      outcomes.merges((merges += 1))
        ? { kind: 'merged', tree: `tree of ${ours} and ${theirs}` }
        : { kind: 'conflict', paths: [MADE_UP], tree: `tree of ${ours} and ${theirs}`, notes: [] },
    markedIn: async () => [],
    commitTree: async () => newCommit(),
    moveBranch: async (_cwd, branch, to) => {
      branches.set(branch, to);
      return { kind: 'moved' };
    },
    // All in one file, so that each landing is a merge.
    entriesBetween: async (_cwd, pairs) =>
      pairs.map(({ from, to }) => (from === to ? [] : [{ path: MADE_UP, before: null, after: null }])),
    commitSteps: async (_cwd, _onto, steps) => steps.map(newCommit),
    landedOn: async () => [],
    compare: async (_cwd, _base, commit) => contents(commit.slice(-4)),
  };
  // What is made up stands in no file.
  const files: WorkFiles = {
    // What stands in a file of a made-up name nobody knows: a reviewer's quote of it is not refused.
    at: async (_cwd, _commit, path) => ({ kind: path.startsWith('made-up/') ? 'unreadable' : 'absent' }),
    read: async () => null,
    add: async () => 'refused',
    put: async (root, path) => {
      put.set(root, (put.get(root) ?? new Set()).add(path));
      return 'put';
    },
  };
  return { worktrees, merge, files };
}

function contents(name: string): Pick<Commit, 'files' | 'diff'> {
  const path = `made-up/${name}.txt`;
  const file: ChangedFile = { path, status: 'modified', additions: 2, deletions: 1 };
  return {
    files: [file],
    diff: `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1,2 @@\n-before\n+after\n+and more\n`,
  };
}
