import type { Json } from '../../protocol/json.ts';
import type { Landing } from '../../protocol/change.ts';
import type { LandOptions } from '../agentOptions.ts';
import { parseLandOptions } from '../agentOptions.ts';
import { integrationBranch } from '../landing.ts';
import type { QueuedChange } from '../landing/chain.ts';
import { landingOf, type Outcome } from '../landing/landBatch.ts';
import type { KnownChange, RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { warnUnknown } from './agentCall.ts';
import { knownChange } from './knownChange.ts';
import { refuseWhenTimeIsUp } from './overBudget.ts';
import { resolveConflict } from './resolveConflict.ts';

/** While a conflict is resolved, what does not conflict may land in the same place; so often it is tried again. */
const RESOLUTIONS = 2;

/**
 * `land(change, opts?)` (X03): through the run's merge queue. A change that no review approved, or a person has
 * discarded, does not land.
 */
export async function landCall(run: RunContext, effect: Effect): Promise<Json> {
  const known = knownChange(run, 'land', effect.args[0]);
  const { options, unknownKeys } = parseLandOptions(effect.args[1]);
  warnUnknown(run, 'land', unknownKeys);
  const { change } = known;
  const phase = options.phase ?? effect.phase;
  const label = options.label ?? `land ${change.branch}`;
  const landing = await land(run, { ...effect, phase }, known, { ...options, label });
  run.recorder.emit({ type: 'change.landed', changeId: change.id, phase, landing });
  // What hinders a change is its author's to mend, and flows from it (X09).
  run.dataFlow.finished({ id: change.id, label, value: landing, call: effect.id, group: effect.group });
  return landing;
}

async function land(
  run: RunContext,
  effect: Effect,
  known: KnownChange,
  options: LandOptions & { readonly label: string },
): Promise<Landing> {
  const { change } = known;
  const refusal = refusalOf(run, known);
  if (refusal) return refusal;
  const verify = options.verify ?? null;
  const { scope } = effect;
  const claim = run.journal.claim({ kind: 'land', scope, prompt: change.commit, options: { verify } });
  const before = claim.entry && (await earlierLanding(run, claim.entry.value));
  if (!before) refuseWhenTimeIsUp(run, effect.phase, options.label);
  const landing = before ?? (await landNow(run, effect, known, options));
  if (landing.status !== 'landed') return landing;
  run.landed.add(landing.commit);
  run.overlaps.lands(change.id);
  if (!before) {
    const value = landing as unknown as Json;
    await run.open.appendJournal({ key: claim.key, kind: 'land', agentId: change.id, value });
  }
  return landing;
}

async function landNow(run: RunContext, effect: Effect, known: KnownChange, options: LandOptions): Promise<Landing> {
  const { verify, onConflict = 'agent' } = options;
  const enqueue = () => queue(run, known, { change: known.change }, verify);
  const outcome = await enqueue();
  if (outcome.status !== 'conflict' || !outcome.unmerged || onConflict === 'skip') return landingOf(outcome);
  // Two that resolve the same place at once would both be paid for, and meet again where the first of them has landed.
  return run.resolving.within(outcome.conflicts, run.signal, async (waited) =>
    resolveAndLand(run, effect, { known, verify, outcome: waited ? await enqueue() : outcome }),
  );
}

interface Unlanded {
  readonly known: KnownChange;
  readonly verify: string | undefined;
  readonly outcome: Outcome;
}

async function resolveAndLand(run: RunContext, effect: Effect, unlanded: Unlanded): Promise<Landing> {
  const { known, verify } = unlanded;
  let current = known;
  let { outcome } = unlanded;
  for (let resolutions = 0; outcome.status === 'conflict' && outcome.unmerged; resolutions += 1) {
    const { conflicts: paths, unmerged } = outcome;
    const unresolved = (why: string): Landing => {
      return { status: 'conflict', conflicts: paths, log: `It conflicts in ${paths.join(', ')}. ${why}` };
    };
    if (resolutions === RESOLUTIONS)
      return unresolved(
        `It was resolved ${RESOLUTIONS} times, and each time something else had landed there meanwhile.`,
      );
    const resolution = await resolveConflict(run, effect, {
      ...{ known: current, paths, unmerged, verify },
      phase: effect.phase,
    });
    if (resolution.kind === 'unresolved') return unresolved(resolution.why);
    current = { ...resolution.known, task: known.task };
    const own = known.change.commit;
    const standsFor = [own, ...unmerged.brings.filter((commit) => commit !== own)] as const;
    outcome = await queue(run, resolution.known, { change: current.change, standsFor }, verify);
    const landing = landingOf(outcome);
    run.recorder.emit({ type: 'change.landed', changeId: current.change.id, phase: effect.phase, landing });
  }
  const landing = landingOf(outcome);
  return landing.status === 'landed' && current !== known ? { ...landing, resolvedBy: current.change.id } : landing;
}

function queue(
  run: RunContext,
  known: KnownChange,
  queued: QueuedChange,
  verify: string | undefined,
): Promise<Outcome> {
  // Its own base is the branch's tip, whatever led there.
  const refuse = () => (queued.standsFor === undefined ? refusalOf(run, known) : unwanted(run, known));
  return run.mergeQueue.land(queued, verify, refuse);
}

/** Why it does not even wait for its turn; asked again when that has come. */
function refusalOf(run: RunContext, known: KnownChange): Landing | null {
  const { change } = known;
  if (change.files.length === 0) return { status: 'empty' };
  return unwanted(run, known) ?? (isFounded(run, change.base) ? null : { status: 'unreviewed' });
}

function unwanted(run: RunContext, known: KnownChange): Landing | null {
  if (isDiscarded(run, known)) return { status: 'discarded' };
  return isApproved(run, known) ? null : { status: 'unreviewed' };
}

/** By a person, since an earlier attempt: the change, or one below it, which would come in with it. */
function isDiscarded(run: RunContext, { change }: KnownChange): boolean {
  if (run.open.discarded.has(change.id)) return true;
  const below = changeBelow(run, change.base);
  return below !== undefined && isDiscarded(run, below);
}

/** Every review of it has approved, and there is one. */
function isApproved({ requireReview }: RunContext, { verdicts }: KnownChange): boolean {
  return !requireReview || (verdicts.length > 0 && verdicts.every((approved) => approved));
}

/**
 * True when all that a change stands on may land too: the run's base, the integration branch, or approved changes. A
 * change that is stacked on a refused one would carry that one's content in.
 */
function isFounded(run: RunContext, base: string): boolean {
  if (base === run.base?.commit || run.landed.has(base)) return true;
  const below = changeBelow(run, base);
  if (below === undefined) return !run.requireReview;
  return isApproved(run, below) && isFounded(run, below.change.base);
}

function changeBelow(run: RunContext, base: string): KnownChange | undefined {
  return [...run.changes.values()].find(({ change }) => change.commit === base && change.files.length > 0);
}

/** A landing that an earlier attempt wrote down itself; undefined when its branch has been deleted since: it lands again. */
async function earlierLanding(run: RunContext, value: Json): Promise<Landing | undefined> {
  const tip = await run.deps.merge.resolve(run.cwd, integrationBranch(run.runId));
  return tip === null ? undefined : (value as unknown as Landing);
}
