import * as z from 'zod';
import { settleAll } from '../../base/settleAll.ts';
import { headline } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import type { Finding, FindingStatus, Votes } from '../../protocol/change.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import { askJudge, judgeModel, type Court, type Session } from './court.ts';
import type { Found } from './mergeFindings.ts';
import { notNew, reproduce, type Shown } from './reproduce.ts';
import { refutePrompt, vote, type Vote } from './reviewPrompts.ts';

const DEFAULT_VOTES = 3;
const VOTE_SCHEMA = z.toJSONSchema(vote, { io: 'input' }) as JsonSchema;

/** A vote as it counts: with what the runtime saw of its reproduction. */
const ballot = vote.extend({
  reproduction: z.object({ path: z.string(), content: z.string(), command: z.string() }).optional(),
});
type Ballot = z.infer<typeof ballot>;

const DEAD: Ballot = { verdict: 'abstained', reason: 'The skeptic gave no answer.' };

/** A finding after its skeptics have voted on it. One that died abstains. */
export async function doubt(court: Court, found: Found): Promise<Finding> {
  const count = court.options.votes ?? DEFAULT_VOTES;
  const ballots = await settleAll(Array.from({ length: count }, (_, n) => ballotOf(court, found, n)));
  const votes = tally(ballots);
  const reproduction = ballots.find((one) => one.verdict === 'upheld' && one.reproduction)?.reproduction;
  const { endLine, suggestion, unplaced, ...rest } = found.claim;
  return {
    ...rest,
    ...(endLine === undefined ? {} : { endLine }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(unplaced === undefined ? {} : { unplaced }),
    lens: found.lens,
    status: statusOf(votes, reproduction !== undefined),
    ...(reproduction === undefined ? {} : { reproduction }),
    votes,
    reasons: ballots.map(({ verdict, reason }) => `${verdict}: ${reason}`),
  };
}

/** Refuted by more than half of all votes: an abstention never counts as one. What was shown is not voted away. */
function statusOf({ upheld, refuted, abstained }: Votes, reproduced: boolean): FindingStatus {
  if (reproduced) return 'reproduced';
  return refuted * 2 > upheld + refuted + abstained ? 'refuted' : 'argued';
}

async function ballotOf(court: Court, { claim, reviewer }: Found, n: number): Promise<Ballot> {
  const prompt = refutePrompt(court.subject, claim);
  const answer = await askJudge(court, {
    role: 'skeptic',
    label: `skeptic ${n + 1}: ${headline(claim.title, 40)}`,
    prompt,
    schema: VOTE_SCHEMA,
    about: reviewer,
    model: judgeModel(court, 'skeptic', n),
    hear: (session) => hear(court, session, prompt),
  });
  return ballot.safeParse(answer.value).data ?? DEAD;
}

/** A test that would replace a file goes back to the skeptic once; then its vote counts without. */
async function hear({ run, subject }: Court, { life, lease, task }: Session, prompt: string): Promise<SubagentEnd> {
  let objected = false;
  const accept = async (value: Json): Promise<string | null> => {
    const path = objected ? undefined : vote.safeParse(value).data?.reproduction?.path;
    const objection = path === undefined ? null : await notNew(run, subject, path);
    objected ||= objection !== null;
    return objection;
  };
  const end = await runSubagent(run, { ...task, accept, prompt }, life);
  const said = end.kind === 'done' ? vote.safeParse(end.value) : null;
  if (end.kind !== 'done' || !said?.success) return end;
  const { reproduction, ...words } = said.data;
  const cast =
    reproduction === undefined ? words : counted(words, await reproduce(run, life, subject, lease, reproduction));
  return { ...end, value: cast as unknown as Json };
}

/** A test that fails proves the fault; one that passes proves nothing, and one that contradicts its vote takes it away. */
export function counted({ verdict, reason }: Omit<Vote, 'reproduction'>, shown: Shown): Ballot {
  const told = { verdict, reason: `${reason} (${shown.note})` };
  if (shown.kind === 'failed' && verdict === 'upheld') return { ...told, reproduction: shown.reproduction };
  if (shown.kind === 'failed' && verdict === 'refuted') return { ...told, verdict: 'abstained' };
  return told;
}

function tally(ballots: readonly Ballot[]): Votes {
  const cast = (verdict: Ballot['verdict']): number => ballots.filter((one) => one.verdict === verdict).length;
  return { upheld: cast('upheld'), refuted: cast('refuted'), abstained: cast('abstained') };
}
