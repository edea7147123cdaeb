import { headline } from '../../base/text.ts';
import type { Change, Landing } from '../../protocol/change.ts';
import { integrationBranch } from '../landing.ts';
import { branchTip, landBatch, landingOf, type Outcome, type TestedPlace } from '../landing/landBatch.ts';
import type { QueuedChange } from '../landing/chain.ts';

export interface OutsideLanding {
  readonly runId: string;
  readonly cwd: string;
  /** What the integration branch begins with where nothing has landed yet. */
  readonly base: string;
  readonly change: QueuedChange['change'];
  /** The changes of the run that change something. */
  readonly changes: readonly OutsideChange[];
}

/** A change as the run's records have it. */
export interface OutsideChange extends Pick<Change, 'base' | 'commit'> {
  /** What a person knows it by. */
  readonly name: string;
  readonly landed: boolean;
}

/** A change as a view of the run has it. */
interface ShownChange extends Pick<Change, 'id' | 'base' | 'commit'> {
  readonly label: string;
  readonly files: readonly unknown[];
  readonly outcome: string;
}

/** Without the empty ones: their commit is their base, on which others stand as well. */
export function outsideChanges(changes: readonly ShownChange[]): readonly OutsideChange[] {
  return changes
    .filter(({ files }) => files.length > 0)
    .map(({ id, label, base, commit, outcome }) => ({
      ...{ base, commit, name: `${id} (${headline(label, MAX_LABEL)})`, landed: outcome === 'landed' },
    }));
}

const MAX_LABEL = 80;

export type OutsideLandingDeps = Pick<TestedPlace, 'merge' | 'verify' | 'unsigned' | 'signal'>;

/** `land()` on a person's word once the run is over: by the rules of its queue, and the person in the place of a review. */
export async function landOutside(deps: OutsideLandingDeps, request: OutsideLanding): Promise<Landing> {
  const { runId, cwd, base, change, changes } = request;
  const known = new Map(changes.map((one) => [one.commit, one]));
  const place: TestedPlace = {
    ...{ ...deps, cwd, runId, base },
    branch: integrationBranch(runId),
    below: (commit) => known.get(commit),
  };
  const { landed } = await branchTip(place);
  const below = known.get(change.base);
  if (below && !landed.has(change.commit) && !landed.has(below.commit) && !below.landed) {
    const log = `It stands on the change ${below.name}, which would come with it. Land that one first.`;
    return { status: 'conflict', conflicts: [], log };
  }
  let outcome: Outcome | undefined;
  await landBatch(place, [{ change }], (_queued, settled) => (outcome = settled));
  if (outcome === undefined) throw new Error('Nothing was said of the change that was to land.');
  return landingOf(outcome);
}
