import { AbortError } from '../../base/abort.ts';
import { headline } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import type { AskOptions } from '../agentOptions.ts';
import { parseAskOptions, parsePrompt, ScriptError } from '../agentOptions.ts';
import type { PersonQuestion, QuestionEnd } from '../inbox.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { warnUnknown } from './agentCall.ts';
import { refuseWhenTimeIsUp } from './overBudget.ts';

const QUESTION_HEAD = 80;

/**
 * `ask(question, opts?)` (X04): what a person answers, one of the choices where there are any. Where nobody does, the
 * default, and without one the script gets an error. What a person has answered is not asked again on a resume, and what
 * nobody has only where a person is there now.
 */
export async function askCall(run: RunContext, effect: Effect): Promise<Json> {
  const question = parsePrompt('ask', effect.args[0], 'question');
  const { options, unknownKeys } = parseAskOptions(effect.args[1]);
  warnUnknown(run, 'ask', unknownKeys);
  const { choices, default: otherwise, timeoutMs } = options;
  const claim = run.journal.claim({ kind: 'ask', scope: effect.scope, prompt: question, options: written(options) });
  const phase = options.phase ?? effect.phase;
  const asked: PersonQuestion = {
    question,
    phase,
    ...(choices === undefined ? {} : { choices }),
    ...(otherwise === undefined ? {} : { default: otherwise }),
  };
  const mayAsk = run.inbox.attended && run.ledger.timeUp(phase) === null;
  if (claim.entry && !(claim.entry.byNobody === true && mayAsk)) {
    run.inbox.recall(asked, claim.entry.value as string | null);
    return claim.entry.value;
  }
  refuseWhenTimeIsUp(run, phase, headline(question, QUESTION_HEAD));
  const { by, answer } = await run.inbox.question(asked, timeoutMs, run.signal);
  if (answer === undefined) throw new ScriptError(unanswered(question, timeoutMs), 'Error');
  countAnswer(run, by);
  const entry = { key: claim.key, kind: 'ask', agentId: '', value: answer } as const;
  await run.open.appendJournal(by === 'nobody' ? { ...entry, byNobody: true } : entry);
  if (run.signal.aborted) throw new AbortError(run.signal.reason);
  return answer;
}

function countAnswer({ refusals }: RunContext, by: QuestionEnd['by']): void {
  if (by === 'person') refusals.personAnswered();
  const endless = by === 'nobody' ? refusals.unanswered() : null;
  if (endless) throw endless;
}

function written({ choices, default: otherwise }: AskOptions): Json {
  return { choices: choices ?? null, ...(otherwise === undefined ? {} : { default: otherwise }) };
}

function unanswered(question: string, timeoutMs: number | undefined): string {
  const within = timeoutMs === undefined ? 'nobody is there' : `nobody was there within ${timeoutMs / 1000} s`;
  return `ask("${headline(question, QUESTION_HEAD)}"): ${within} to answer. Give it a default, or run it where a person can.`;
}
