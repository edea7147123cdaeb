import { count } from '../base/text.ts';
import type { Deletion, DeletionDeps } from '../node/deleteRun.ts';
import type { RunSummary } from '../node/runReader.ts';
import { formatBytes } from '../projection/cost.ts';
import { EXIT } from './commandError.ts';
import type { Io } from './io.ts';
import type { Kept } from './kept.ts';
import { homeOf } from './places.ts';

/** What the deletion of runs needs of git. */
export async function deletionDeps(io: Io): Promise<DeletionDeps> {
  const [{ createGitWorktrees }, { createGit }, { createGate }] = await Promise.all([
    import('../node/gitWorktrees.ts'),
    import('../node/git.ts'),
    import('../node/gate.ts'),
  ]);
  const git = createGit(io.env);
  return { git, worktrees: createGitWorktrees({ home: homeOf(io), git, gate: createGate() }) };
}

/** Deletes one after the other, says what became of each, and gives the exit code. */
export async function deleteAll(
  io: Io,
  runs: readonly RunSummary[],
  { force, json, kept }: { readonly force: boolean; readonly json: boolean; readonly kept: Kept },
): Promise<number> {
  const { deleteRun } = await import('../node/deleteRun.ts');
  const deps = await deletionDeps(io);
  const done: { readonly runId: string; readonly deletion: Deletion }[] = [];
  for (const run of runs) {
    const deletion = await deleteRun(deps, run, force);
    done.push({ runId: run.runId, deletion });
    if (!json) io.stdout.write(`${deletionLine(run, deletion, kept)}\n`);
  }
  const gone = done.flatMap(({ deletion }) => (deletion.kind === 'deleted' ? [deletion] : []));
  const bytes = gone.reduce((sum, deletion) => sum + deletion.bytes, 0);
  if (json) {
    const objects = done.map(({ runId, deletion: { kind, ...rest } }) => ({ runId, outcome: kind, ...rest }));
    io.stdout.write(`${JSON.stringify({ runs: objects, deleted: gone.length, bytes })}\n`);
  } else if (runs.length > 1) {
    io.stdout.write(`Deleted ${count(gone.length, kept.noun)}, ${formatBytes(bytes)} freed.\n`);
  }
  return gone.length === done.length ? EXIT.completed : EXIT.degraded;
}

/** Without a full stop. */
export function unreadableWords(cwd: string, message: string): string {
  return `its changes may be in ${cwd}, which cannot be read now: ${message}`;
}

const WORK_NAMED = 5;

function deletionLine({ runId, cwd }: RunSummary, deletion: Deletion, { kind, noun }: Kept): string {
  const force = `Delete it all the same: dwf ${kind} rm ${runId} --force`;
  switch (deletion.kind) {
    case 'deleted': {
      const { bytes, refs, branchesLeft } = deletion;
      const left = branchesLeft.length === 0 ? '' : `; left to you: ${branchesLeft.join(', ')}`;
      return `${runId}: deleted, ${formatBytes(bytes)} and ${count(refs, 'ref')}${left}`;
    }
    case 'running':
      return `${runId}: kept, it ${noun === 'run' ? 'runs' : 'is open'} in process ${deletion.pid}`;
    case 'unlanded': {
      const more = deletion.work.length - WORK_NAMED;
      const named = [...deletion.work.slice(0, WORK_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
      return `${runId}: kept, it has work that is nowhere else: ${named}. ${force}`;
    }
    case 'unreadable':
      return `${runId}: kept, ${unreadableWords(cwd, deletion.message)}. ${force}`;
    case 'failed':
      return `${runId}: kept, ${deletion.message}`;
  }
}
