import type { Json } from '../../protocol/json.ts';
import { AbortError } from '../../base/abort.ts';
import type { Landing } from '../../protocol/change.ts';
import { parseLandOptions } from '../agentOptions.ts';
import { integrationBranch, landChange } from '../landing.ts';
import type { KnownChange, RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { warnUnknown } from './agentCall.ts';
import { knownChange } from './knownChange.ts';

/** `land(change, opts?)` (X03): through the run's merge queue. A change that no review approved does not land. */
export async function landCall(run: RunContext, effect: Effect): Promise<Json> {
  const known = knownChange(run, 'land', effect.args[0]);
  const { options, unknownKeys } = parseLandOptions(effect.args[1]);
  warnUnknown(run, 'land', unknownKeys);
  const { change } = known;
  const landing = await run.mergeQueue.enqueue(() => land(run, known, effect.scope, options.verify));
  const phase = options.phase ?? effect.phase;
  run.recorder.emit({ type: 'change.landed', changeId: change.id, phase, landing });
  // What hinders a change is its author's to mend, and flows from it (X09).
  const label = options.label ?? `land ${change.branch}`;
  run.dataFlow.finished({ id: change.id, label, value: landing, call: effect.id });
  return landing;
}

async function land(run: RunContext, known: KnownChange, scope: string, verify: string | undefined): Promise<Landing> {
  if (run.signal.aborted) throw new AbortError(run.signal.reason);
  const { change } = known;
  if (change.files.length === 0) return { status: 'empty' };
  if (!isApproved(known) || !isFounded(run, change.base)) return { status: 'unreviewed' };
  const claim = run.journal.claim({ kind: 'land', scope, prompt: change.commit, options: { verify: verify ?? null } });
  const before = claim.entry && (await earlierLanding(run, claim.entry.value));
  const landing = before ?? (await landChange(run, change, verify));
  if (landing.status !== 'landed') return landing;
  run.landed.add(landing.commit);
  if (!before) {
    const value = landing as unknown as Json;
    await run.open.appendJournal({ key: claim.key, kind: 'land', agentId: change.id, value });
  }
  return landing;
}

/** Every review of it has approved, and there is one. */
function isApproved({ verdicts }: KnownChange): boolean {
  return verdicts.length > 0 && verdicts.every((approved) => approved);
}

/**
 * True when all that a change stands on may land too: the run's base, the integration branch, or approved changes. A
 * change that is stacked on a refused one would carry that one's content in.
 */
function isFounded(run: RunContext, base: string): boolean {
  if (base === run.base?.commit || run.landed.has(base)) return true;
  const below = [...run.changes.values()].find(({ change }) => change.commit === base && change.files.length > 0);
  return below !== undefined && isApproved(below) && isFounded(run, below.change.base);
}

/** A landing that an earlier attempt wrote down itself; undefined when its branch has been deleted since: it lands again. */
async function earlierLanding(run: RunContext, value: Json): Promise<Landing | undefined> {
  const tip = await run.deps.merge.resolve(run.cwd, integrationBranch(run.runId));
  return tip === null ? undefined : (value as unknown as Landing);
}
