import type { Json } from '../../protocol/json.ts';
import { parseReviewOptions } from '../agentOptions.ts';
import { judge } from '../review/judge.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { warnUnknown } from './agentCall.ts';
import { knownChange } from './knownChange.ts';

/** `review(change, opts?)` (X02). */
export async function reviewCall(run: RunContext, effect: Effect): Promise<Json> {
  const known = knownChange(run, 'review', effect.args[0]);
  const { options, unknownKeys } = parseReviewOptions(effect.args[1]);
  warnUnknown(run, 'review', unknownKeys);
  const { change, task, model } = known;
  const subject = { ...change, title: options.label ?? change.summary, task, author: model };
  const verdict = await judge({ run, subject, options, phase: options.phase ?? effect.phase, effect });
  known.verdicts.push(verdict.review.approved);
  run.recorder.emit({ type: 'change.reviewed', changeId: change.id, ...verdict });
  return verdict.review as unknown as Json;
}
