import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Gate } from '../gate.ts';
import { expectOk, lastWords, NO_GIT, type Git } from '../git.ts';
import { gitFolderNamedIn } from '../gitLease.ts';
import { lockReason } from '../worktreeRemoval.ts';
import { needsGitForRecords } from './adminFolder.ts';
import type { Backend } from './backend.ts';
import { renewSpare } from './renewSpare.ts';
import { saveIndex } from './savedIndex.ts';
import type { Spares } from './spares.ts';
import type { Trash } from './trash.ts';

export interface PlainDeps {
  readonly git: Git;
  readonly gate: Gate;
  readonly trash: Trash;
  readonly spares: Spares;
}

/** All by git: `worktree add` for the records, which knows every kind of repository, and `read-tree` for the files. */
export function plainBackend({ git, gate, trash, spares }: PlainDeps): Backend {
  return {
    kind: 'plain',
    restsOn: null,
    record: async ({ place, target, runId, base }, signal) => {
      const { path, name } = target;
      const { commonDir, gitDir, root } = place;
      const reason = lockReason({ runId, name, base });
      const args = ['worktree', 'add', '--no-checkout', '--detach', '--lock', '--reason', reason, path];
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const added = await git({ cwd: root, gitDir, args, revisions: [base] }, signal);
      if (added.kind === 'no-git') throw new Error(NO_GIT);
      if (added.kind === 'failed') throw new Error(`Git could not make a worktree: ${lastWords(added.stderr)}`);
      const adminDir = await gitFolderNamedIn(join(path, '.git'));
      if (adminDir === null) throw new Error(`Git made no worktree at ${path}.`);
      return { path, adminDir, commonDir, runId, name, base, renewable: !(await needsGitForRecords(place)) };
    },
    fill: (own, signal, onQueued) =>
      gate.run(
        async () => {
          const { path, adminDir } = own;
          const spare = own.renewable ? spares.take(own) : null;
          if (spare && (await renewSpare({ git, trash }, spare, own, signal))) return;
          const args = ['read-tree', '-m', '-u', 'HEAD'];
          const filled = await git({ cwd: path, gitDir: adminDir, workTree: path, args }, signal);
          expectOk(filled, 'writing the files of a worktree');
          await saveIndex(adminDir);
        },
        signal,
        onQueued,
      ),
  };
}
