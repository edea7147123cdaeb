import type { Json } from '../../protocol/json.ts';
import { AbortError } from '../../base/abort.ts';
import type { Landing } from '../../protocol/change.ts';
import { parseLandOptions } from '../agentOptions.ts';
import { landChange } from '../landing.ts';
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
  const landing = await run.landing.enqueue(() => land(run, known, effect.scope, options.verify));
  run.recorder.emit({ type: 'change.landed', changeId: change.id, landing });
  return landing;
}

async function land(run: RunContext, known: KnownChange, scope: string, verify: string | undefined): Promise<Landing> {
  if (run.signal.aborted) throw new AbortError(run.signal.reason);
  const { change } = known;
  if (change.files.length === 0) return { status: 'empty' };
  if (!known.approved) return { status: 'unreviewed' };
  const claim = run.journal.claim({ kind: 'land', scope, prompt: change.commit, options: { verify: verify ?? null } });
  // The runtime wrote this value itself when the change landed.
  if (claim.entry) return claim.entry.value as unknown as Landing;
  const landing = await landChange(run, change, verify);
  if (landing.status === 'landed') {
    const value = landing as unknown as Json;
    await run.open.appendJournal({ key: claim.nextKey(), kind: 'land', agentId: change.id, value });
  }
  return landing;
}
