import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createGit } from '../../src/node/git.ts';
import { createMergeRepository } from '../../src/node/gitMerge.ts';
import type { Change } from '../../src/protocol/change.ts';
import { landBatch, type Outcome } from '../../src/workflow/landing/landBatch.ts';
import { MergeQueue } from '../../src/workflow/mergeQueue.ts';
import type { MergeRepository } from '../../src/workflow/worktrees.ts';
import { createGitRepository, type GitRepository } from './gitRepository.ts';

/** New content by path; null: it goes. A file or folder in its way goes as well. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

/** A change as an agent would have made it: one commit, on no branch. */
export type StagedChange = Pick<Change, 'id' | 'summary' | 'base' | 'commit'>;

export interface Tested {
  readonly queue: MergeQueue;
  /** Commits on which a command has run. */
  readonly tested: readonly string[];
}

/** A repository, and changes to land there by the real queue and the real git. */
export interface LandingStage {
  readonly repository: GitRepository;
  readonly base: string;
  readonly branch: string;
  change(files: Files, base?: string): Promise<StagedChange>;
  /** A queue as a new process has it. Whatever the command, it fails where a file lies below `bad/`. */
  newQueue(merge?: MergeRepository): Tested;
  landAll(queue: MergeQueue, changes: readonly StagedChange[], verify?: string): Promise<readonly Outcome[]>;
  /** Names of files at a commit. */
  filesAt(commit: string): Promise<readonly string[]>;
  /** The changes' commits that commits of the branch name, the oldest first. */
  landed(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

export const realMerge = (): MergeRepository => createMergeRepository(createGit());

export async function openLandingStage(files: Readonly<Record<string, string>>): Promise<LandingStage> {
  const repository = await createGitRepository(files);
  const base = await repository.git('rev-parse', 'HEAD');
  const branch = 'workflow/run-1/integration';
  const all = new Map<string, StagedChange>();
  const filesAt = async (commit: string) =>
    (await repository.git('ls-tree', '-r', '-z', '--name-only', commit)).split('\0').filter(Boolean);
  return {
    repository,
    base,
    branch,
    filesAt,
    change: async (edits, from = base) => {
      await repository.git('checkout', '-q', '--detach', '-f', from);
      for (const [path, content] of Object.entries(edits)) {
        await clearWay(repository.dir, path);
        if (content !== null) await repository.write(path, content);
      }
      const change = { id: `a${all.size + 1}`, summary: `Change ${all.size + 1}`, base: from };
      const made = { ...change, commit: await repository.commit(change.summary) };
      all.set(made.commit, made);
      await repository.git('checkout', '-q', '-f', 'main');
      return made;
    },
    newQueue: (merge = realMerge()) => {
      const tested: string[] = [];
      const { signal } = new AbortController();
      const place = { merge, cwd: repository.dir, runId: 'run-1', branch, base, signal };
      const below = (commit: string) => all.get(commit);
      const test = async (commit: string) => {
        tested.push(commit);
        const bad = (await filesAt(commit)).filter((path) => path.startsWith('bad/'));
        return bad.length > 0 ? `bad: ${bad.join(' ')}` : null;
      };
      const queue = new MergeQueue((batch, verify, settle) =>
        landBatch({ ...place, below, verify: verify === undefined ? undefined : test }, batch, settle),
      );
      return { queue, tested };
    },
    landAll: (queue, changes, verify) => Promise.all(changes.map((change) => queue.land({ change }, verify))),
    landed: async () => {
      const log = await repository.git('log', '--first-parent', '--reverse', '--format=%B', `${base}..${branch}`);
      return [...log.matchAll(/^Workflow-Change: (.*)$/gm)].map(([, commit = '']) => commit);
    },
    dispose: () => repository.dispose(),
  };
}

async function clearWay(folder: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = join(folder, ...parts.slice(0, depth));
    if ((await lstat(above).catch(() => null))?.isFile()) return rm(above);
  }
  await rm(join(folder, path), { recursive: true, force: true });
}
