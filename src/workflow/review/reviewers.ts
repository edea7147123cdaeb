import * as z from 'zod';
import { settleAll } from '../../base/settleAll.ts';
import { headline } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import { askJudge, judgeModel, type Court, type Session } from './court.ts';
import type { Found } from './mergeFindings.ts';
import { placeClaim, withoutPlace, type Placed } from './quotes.ts';
import { createReportFindingTool, distinct, findingsIn, isSame } from './reportFinding.ts';
import { checkedClaim, claim, findingsPrompt, quotesPrompt, type Claim } from './reviewPrompts.ts';

const claims = z.object({ findings: z.array(claim) });
const checked = z.object({ findings: z.array(checkedClaim) });
const CLAIMS_SCHEMA = z.toJSONSchema(claims, { io: 'input' }) as JsonSchema;

/** What one reviewer found through its lens; null: it died, and nobody looked. */
export async function reviewThrough(court: Court, lens: string, n: number): Promise<readonly Found[] | null> {
  const { subject } = court;
  const prompt = findingsPrompt(subject, lens);
  const answer = await askJudge(court, {
    role: 'reviewer',
    label: `${lens}: ${headline(subject.title, 40)}`,
    prompt,
    schema: CLAIMS_SCHEMA,
    about: subject.id,
    model: judgeModel(court, 'reviewer', n),
    hear: (session) => hear(court, session, prompt),
  });
  const report = checked.safeParse(answer.value);
  return report.success
    ? report.data.findings.map((found) => ({ claim: found, lens, reviewer: answer.agentId }))
    : null;
}

/**
 * Its answer with what it reported on the way, each finding where its quote stands. What stands nowhere goes back to it
 * once: it may correct it or leave it out, and what is wrong again is kept without a place.
 */
async function hear(court: Court, { life, task }: Session, prompt: string): Promise<SubagentEnd> {
  const reported: Claim[] = [];
  const ownTools = [createReportFindingTool({ report: (one) => reported.push(one) })];
  let right: readonly Claim[] = [];
  let wrong: readonly Claim[] = [];
  const accept = async (value: Json): Promise<string | null> => {
    const said = claims.safeParse(value).data?.findings ?? [];
    const placed = wrong.length === 0 ? await place(court, distinct([...reported, ...said])) : [];
    const nowhere = placed.filter((one) => one.kind === 'wrong');
    if (nowhere.length === 0) return null;
    right = placedOf(placed);
    wrong = nowhere.map((one) => one.claim);
    reported.length = 0;
    return quotesPrompt(nowhere);
  };
  const end = await runSubagent(court.run, { ...task, ownTools, accept, prompt }, life);
  const answer = end.kind === 'done' ? claims.safeParse(end.value) : null;
  if (end.kind === 'done' && answer?.success) {
    // Of one that was interrupted, its conversation has what it reported before.
    const before = findingsIn(end.messages).filter((one) => !wrong.some((known) => isSame(known, one)));
    const placed = await place(court, distinct([...before, ...reported, ...answer.data.findings]));
    return withFindings(end, [...right, ...placed.map(kept)]);
  }
  // One that had answered and died over the correction has taken nothing back.
  if (wrong.length === 0) return end;
  return withFindings({ kind: 'done', text: '', messages: [] }, [...right, ...wrong.map(withoutPlace)]);
}

function withFindings(end: Extract<SubagentEnd, { kind: 'done' }>, findings: readonly Claim[]): SubagentEnd {
  return { ...end, value: { findings: distinct(findings) } as unknown as Json };
}

function place({ run, subject }: Court, findings: readonly Claim[]): Promise<readonly Placed[]> {
  return settleAll(
    findings.map(async (found) => placeClaim(found, await run.deps.files.at(run.cwd, subject.commit, found.path))),
  );
}

function placedOf(placed: readonly Placed[]): readonly Claim[] {
  return placed.flatMap((one) => (one.kind === 'placed' ? [one.claim] : []));
}

function kept(one: Placed): Claim {
  return one.kind === 'placed' ? one.claim : withoutPlace(one.claim);
}
