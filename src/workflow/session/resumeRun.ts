import { headline } from '../../base/text.ts';
import { budgetOf, budgetWords } from '../budgetWords.ts';
import { capLine } from '../capLine.ts';
import { Allowance } from './allowance.ts';
import { unfinishedRuns } from './earlierRuns.ts';
import { resumeOf } from './runRequests.ts';
import type { SessionPlace } from './sessionPlace.ts';
import { refused, type Told } from './told.ts';
import { watchRun } from './watchRun.ts';

/** `/resume [run] [budget]`, by a person's own word; gives what to tell them. */
export async function resumeRun(place: SessionPlace, rest: string): Promise<Told> {
  const [, named, behind = ''] = isBudget(rest) ? ['', '', rest] : (/^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []);
  const { text } = budgetWords(behind);
  const allowance = new Allowance(budgetOf(behind));
  if (text !== '')
    return refused(
      `Only a budget may follow the run, such as /resume ${named} at most $5: not "${headline(text, 80)}".`,
    );
  const runId = named || (await unfinishedRun(place));
  if (runId === null)
    return refused('No run of this session could go on. Name another: /resume <run>; `dwf runs` lists them.');
  const resumable = await place.door.resumable(runId);
  if (resumable === null) return refused(`There is no run ${runId} that could go on.`);
  const { state } = place;
  const usedUp = state.allowanceFor(runId, allowance).refusal(runId);
  if (usedUp !== null) return refused(`${usedUp}\nTo allow more: /resume ${runId} at most …`);
  const caps = state.capsToGoOn(runId, resumable.keeps.caps, allowance);
  const launched = await place.door.resume(resumeOf(place, { runId }, caps));
  if (launched.status === 'refused') return refused(launched.errors.join('\n'));
  watchRun(place, launched, '', allowance);
  const limits = capLine(allowance.caps);
  return `${launched.workflowName} goes on: ${resumable.words}${limits === '' ? '' : `, at most ${limits}`}.`;
}

/** Nothing but words for a budget. */
function isBudget(words: string): boolean {
  return words !== '' && budgetWords(words).text === '';
}

/** The newest of the session that has not done its work, that nobody works on and that could go on; null: there is none. */
async function unfinishedRun({ run, door, state }: SessionPlace): Promise<string | null> {
  for (const { runId } of unfinishedRuns(run.open.readEvents(1)).toReversed())
    if (!state.underWay.has(runId) && (await door.resumable(runId)) !== null) return runId;
  return null;
}
