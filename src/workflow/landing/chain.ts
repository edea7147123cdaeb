import type { Change } from '../../protocol/change.ts';
import type { MergeRepository, MergeResult } from '../worktrees.ts';
import type { CommitStep } from './changeBatches.ts';
import { landingMessage } from './message.ts';
import { Touched } from './touched.ts';

/** A change as the queue holds it. */
export interface QueuedChange {
  readonly change: Pick<Change, 'id' | 'summary' | 'base' | 'commit'>;
  /** Of a resolved conflict: the commit of the change that it stands for, then of what came in with that one. */
  readonly standsFor?: readonly [string, ...string[]];
}

/** The commit by which it is known whether it has landed. */
export function landsAs({ change, standsFor }: QueuedChange): string {
  return standsFor?.[0] ?? change.commit;
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
  readonly stopped: Stopped | null;
}

type Stopped = Exclude<MergeResult, { readonly kind: 'merged' }> & {
  /** What would have come in with it. */
  readonly brings: readonly string[];
};

/** A change with the commit against which it is one, and the commits that come in with it. */
interface Grounded {
  readonly queued: QueuedChange;
  readonly base: string;
  readonly brings: readonly string[];
}

/**
 * Commits changes one after the other on `start`, in objects alone. One whose paths nobody else has changed is put in
 * place without a merge; the others are merged by git. Ends before the first that conflicts.
 */
export async function chainOn(place: LandingPlace, start: ChainStart, queue: readonly QueuedChange[]): Promise<Chain> {
  const { merge, cwd } = place;
  const grounded = groundAll(place, start, queue);
  const { entries, touched } = await compareAll(place, start.commit, grounded);
  const steps = new Steps(place, start.commit);
  let stopped: Chain['stopped'] = null;
  for (const [i, { queued, base, brings }] of grounded.entries()) {
    const own = entries[i] ?? [];
    const message = landingMessage(place.runId, queued.change, brings);
    if (touched.get(base)?.isClearOf(own) === true) steps.add({ message, entries: own });
    else {
      const merged = await merge.merge(cwd, await steps.tip(), queued.change.commit, base);
      if (merged.kind !== 'merged') {
        stopped = { ...merged, brings };
        break;
      }
      steps.add({ message, tree: merged.tree });
      for (const before of touched.values()) before.merged();
    }
    for (const before of touched.values()) before.add(own);
  }
  const commits = await steps.commits();
  return { commits, brings: grounded.slice(0, commits.length).map(({ brings }) => brings), stopped };
}

/** What each change is, and by what they stand on, what has been changed since. */
async function compareAll({ merge, cwd }: LandingPlace, tip: string, grounded: readonly Grounded[]) {
  const bases = [...new Set(grounded.map(({ base }) => base))];
  const entries = await merge.entriesBetween(cwd, [
    ...grounded.map(({ base, queued }) => ({ from: base, to: queued.change.commit })),
    ...bases.map((base) => ({ from: base, to: tip })),
  ]);
  const touched = new Map(bases.map((base) => [base, new Touched()]));
  for (const [i, base] of bases.entries()) touched.get(base)?.add(entries[grounded.length + i] ?? []);
  return { entries, touched };
}

/** Commits to be made, as many at once as can be. */
class Steps {
  readonly #place: LandingPlace;
  readonly #start: string;
  readonly #commits: string[] = [];
  readonly #pending: CommitStep[] = [];

  constructor(place: LandingPlace, start: string) {
    this.#place = place;
    this.#start = start;
  }

  add(step: CommitStep): void {
    this.#pending.push(step);
  }

  /** The tree after the last step, or a commit that has it. */
  async tip(): Promise<string> {
    const last = this.#pending.at(-1);
    if (last && 'tree' in last) return last.tree;
    return (await this.commits()).at(-1) ?? this.#start;
  }

  /** One a step. */
  async commits(): Promise<readonly string[]> {
    const { merge, cwd } = this.#place;
    const steps = this.#pending.splice(0);
    if (steps.length > 0) {
      const onto = this.#commits.at(-1) ?? this.#start;
      this.#commits.push(...(await merge.commitSteps(cwd, onto, steps)));
    }
    return this.#commits;
  }
}

/**
 * A change that is stacked on one that has landed is what it adds to that one; on one that has not, it brings that one in
 * as well.
 */
function groundAll(place: LandingPlace, start: ChainStart, queue: readonly QueuedChange[]): readonly Grounded[] {
  const known = new Set(start.landed.keys());
  const grounded: Grounded[] = [];
  for (const queued of queue) {
    const { change, standsFor = [] } = queued;
    // One of those before it has brought it in: whether it lands is known when that one has.
    if (known.has(landsAs(queued))) break;
    const brings = [change.commit, ...standsFor.filter((commit) => !known.has(commit))];
    let base = change.base;
    for (let under = place.below(base); under && !known.has(base); under = place.below(base)) {
      brings.push(under.commit);
      base = under.base;
    }
    for (const commit of brings) known.add(commit);
    grounded.push({ queued, base, brings });
  }
  return grounded;
}
