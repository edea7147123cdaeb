import type { Change } from '../../protocol/change.ts';
import type { MergeRepository, MergeResult } from '../worktrees.ts';
import type { CommitStep, TreeEntry } from './changeBatches.ts';
import { landingMessage } from './message.ts';
import { Touched } from './touched.ts';

/** A change as the queue holds it. */
export interface QueuedChange {
  readonly change: Pick<Change, 'id' | 'summary' | 'base' | 'commit'>;
  /** Of a resolved conflict: the commit of the change that it stands for, which has landed when this one has. */
  readonly standsFor?: string;
}

/** Where the changes of a run land. */
export interface LandingPlace {
  readonly merge: MergeRepository;
  readonly cwd: string;
  readonly runId: string;
  /** The change of the run with this commit. */
  below(commit: string): Pick<Change, 'base' | 'commit'> | undefined;
}

/** Where a chain begins: a commit, and by the changes' own commits what has landed up to it. */
export interface ChainStart {
  readonly commit: string;
  readonly landed: ReadonlyMap<string, string>;
}

export interface Chain {
  /** One commit a change, each on the one before it: for as many as go in one after the other. */
  readonly commits: readonly string[];
  /** What came in with each of them. */
  readonly brings: readonly (readonly string[])[];
  /** Why the next one does not go in behind them; null when that is not known, or there is none. */
  readonly stopped: Exclude<MergeResult, { readonly kind: 'merged' }> | null;
}

/** A change with the commit against which it is one, and the commits that come in with it. */
interface Grounded {
  readonly queued: QueuedChange;
  readonly base: string;
  readonly brings: readonly string[];
}

/**
 * Commits changes one after the other on `start`, in objects alone. Those whose paths nobody else has changed are put in
 * place together, without a merge; the others are merged by git. Ends before the first that conflicts.
 */
export async function chainOn(place: LandingPlace, start: ChainStart, queue: readonly QueuedChange[]): Promise<Chain> {
  const { merge, cwd } = place;
  const grounded = groundAll(place, start, queue);
  const entries = await merge.entriesBetween(
    cwd,
    grounded.map(({ base, queued }) => ({ from: base, to: queued.change.commit })),
  );
  const stepOf = ({ queued, brings }: Grounded) => ({ message: landingMessage(place.runId, queued.change, brings) });
  const commits: string[] = [];
  const done = (stopped: Chain['stopped']): Chain => {
    return { commits, brings: grounded.slice(0, commits.length).map(({ brings }) => brings), stopped };
  };
  while (commits.length < grounded.length) {
    const tip = commits.at(-1) ?? start.commit;
    const clear = await clearOnes(place, tip, grounded.slice(commits.length), entries.slice(commits.length));
    if (clear.length > 0) {
      const steps = clear.map((one): CommitStep => ({ ...stepOf(one.grounded), entries: one.entries }));
      commits.push(...(await merge.commitSteps(cwd, tip, steps)));
      continue;
    }
    const next = grounded[commits.length];
    if (!next) break;
    const merged = await merge.merge(cwd, tip, next.queued.change.commit, next.base);
    if (merged.kind !== 'merged') return done(merged);
    commits.push(...(await merge.commitSteps(cwd, tip, [{ ...stepOf(next), tree: merged.tree }])));
  }
  return done(null);
}

/**
 * A change that is stacked on one that has landed is what it adds to that one; on one that has not, it brings that one in
 * as well.
 */
function groundAll({ below }: LandingPlace, start: ChainStart, queue: readonly QueuedChange[]): readonly Grounded[] {
  const known = new Set(start.landed.keys());
  const grounded: Grounded[] = [];
  for (const queued of queue) {
    const { change, standsFor } = queued;
    // One of those before it has brought it in: whether it lands is known when that one has.
    if (known.has(standsFor ?? change.commit)) break;
    const brings = [change.commit, ...(standsFor === undefined ? [] : [standsFor])];
    let base = change.base;
    for (let under = below(base); under && !known.has(base); under = below(base)) {
      brings.push(under.commit);
      base = under.base;
    }
    for (const commit of brings) known.add(commit);
    grounded.push({ queued, base, brings });
  }
  return grounded;
}

interface Clear {
  readonly grounded: Grounded;
  readonly entries: readonly TreeEntry[];
}

/** The first ones that change nothing which `tip`, or one of them before it, has changed since what they stand on. */
async function clearOnes(
  { merge, cwd }: LandingPlace,
  tip: string,
  grounded: readonly Grounded[],
  entries: readonly (readonly TreeEntry[])[],
): Promise<readonly Clear[]> {
  const bases = [...new Set(grounded.map(({ base }) => base))];
  const sinceThen = await merge.entriesBetween(
    cwd,
    bases.map((base) => ({ from: base, to: tip })),
  );
  const touched = new Map(bases.map((base) => [base, new Touched()]));
  for (const [i, base] of bases.entries()) touched.get(base)?.add(sinceThen[i] ?? []);
  const clear: Clear[] = [];
  for (const [i, one] of grounded.entries()) {
    const own = entries[i] ?? [];
    if (touched.get(one.base)?.isClearOf(own) !== true) break;
    clear.push({ grounded: one, entries: own });
    for (const before of touched.values()) before.add(own);
  }
  return clear;
}
