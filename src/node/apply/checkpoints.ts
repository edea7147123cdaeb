import type { Checkpoints, KeptSession, Restored } from '../../workflow/session/checkpoints.ts';
import type { ApplyOutcome, UndoOutcome } from '../../workflow/apply/outcome.ts';
import { refusalWords, undoRefusalWords, type Said } from '../../workflow/apply/applyWords.ts';
import { expectOk, type Git } from '../git.ts';
import { commitTree, compare, treeOf, type GitWhere } from '../gitCommits.ts';
import { locate, type GitPlace } from '../gitPlace.ts';
import { treeOfCheckout } from '../ready/snapshotCheckout.ts';
import { checkpointRef } from '../runRefs.ts';
import { guarded, undoApply, writePrepared } from './applyChanges.ts';
import { checkoutLock, type ApplyDeps } from './applyDeps.ts';
import { headOf } from './prepare.ts';
import { writesBetween } from './trees.ts';

/** How many turns can be gone back; older ones are forgotten. */
const KEPT_TURNS = 100;

/** Git's own objects hold the files; going back is an apply with a record of both sides, as of a run's changes. */
export function createCheckpoints(deps: ApplyDeps): Checkpoints {
  const { git } = deps;
  return {
    keep: async (cwd, { sessionId, number }, signal) => {
      const standing = await standingOf(git, cwd, signal);
      if (standing === null) return null;
      const { where, tree, head } = standing;
      const message = `Before turn ${number} of ${sessionId}`;
      const commit = await commitTree(git, where, { tree, parents: [head], message }, signal);
      const forgotten = number > KEPT_TURNS ? `delete ${checkpointRef(sessionId, number - KEPT_TURNS)}\n` : '';
      const input = `update ${checkpointRef(sessionId, number)} ${commit}\n${forgotten}`;
      expectOk(await git({ ...where, args: ['update-ref', '--stdin'], input }, signal), 'keeping the files of a turn');
      return commit;
    },
    pathsSince: async (cwd, commit, signal) => {
      const standing = await standingOf(git, cwd, signal);
      if (standing === null) return [];
      const writes = await writesBetween(git, standing.place.root, standing.tree, commit, signal);
      return writes.map(({ path }) => path);
    },
    restore: async (cwd, { session, commit }, signal) =>
      restored(await restore(deps, cwd, { session, commit }, signal)),
    undo: async (session, signal) => undone(await undoApply(deps, session, {}, signal)),
  };
}

async function restore(
  deps: ApplyDeps,
  cwd: string,
  { session, commit }: { readonly session: KeptSession; readonly commit: string },
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  return guarded(async () => {
    const located = await locate(deps.git, cwd, signal);
    if (located.kind !== 'located') return { kind: 'failed', message: located.message };
    const { place } = located;
    return deps.locks.within(checkoutLock(place.gitDir), signal, async () => {
      const standing = await standingOf(deps.git, cwd, signal);
      if (standing === null) return { kind: 'failed', message: `${cwd} is no git repository any more.` };
      const { where, tree: now, head, branch } = standing;
      const writes = await writesBetween(deps.git, place.root, now, commit, signal);
      if (writes.length === 0) return { kind: 'nothing' };
      const tree = await treeOf(deps.git, where, commit, signal);
      const { files } = await compare(deps.git, where, now, tree, signal);
      const prepared = { kind: 'prepared', place, head, branch, tree, writes, files } as const;
      return writePrepared(deps, session, { change: null, base: now, commit }, prepared, signal);
    });
  });
}

interface Standing {
  readonly place: GitPlace;
  readonly where: GitWhere;
  readonly head: string;
  readonly branch: string | null;
  /** Of the checkout as it is, without what is ignored. */
  readonly tree: string;
}

async function standingOf(git: Git, cwd: string, signal: AbortSignal): Promise<Standing | null> {
  const located = await locate(git, cwd, signal);
  if (located.kind !== 'located') return null;
  const { place } = located;
  const standing = await headOf(git, place.root, signal);
  if (standing.kind === 'failed') return null;
  const { head, branch } = standing;
  const where: GitWhere = { cwd: place.root, gitDir: place.gitDir, workTree: place.root };
  const changed = await treeOfCheckout(git, where, { place, base: head }, signal);
  return { place, where, head, branch, tree: changed ?? (await treeOf(git, where, head, signal)) };
}

function restored(outcome: ApplyOutcome): Restored {
  switch (outcome.kind) {
    case 'applied':
      return { kind: 'restored', paths: outcome.files.map(({ path }) => path) };
    case 'nothing':
      return outcome;
    default:
      // It is about no branch, so no merge by hand is proposed.
      return failed(refusalWords(outcome, { branch: '', onSnapshot: false }));
  }
}

function undone(outcome: UndoOutcome): Restored {
  switch (outcome.kind) {
    case 'undone':
      return { kind: 'restored', paths: outcome.files };
    case 'nothing':
      return outcome;
    default:
      return failed(undoRefusalWords(outcome));
  }
}

function failed({ text, lines }: Said): Restored {
  return { kind: 'failed', message: [text, ...lines].join('\n') };
}
