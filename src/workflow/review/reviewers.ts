import * as z from 'zod';
import { settleAll } from '../../base/settleAll.ts';
import { headline } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import { askJudge, judgeModel, type Court, type Session } from './court.ts';
import type { Found } from './mergeFindings.ts';
import { placeClaim, withoutPlace, type Placed } from './quotes.ts';
import { createReportFindingTool, distinct, findingsIn } from './reportFinding.ts';
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

/** Its answer with what it reported on the way, each finding where its quote stands. */
async function hear(court: Court, { life, task }: Session, prompt: string): Promise<SubagentEnd> {
  const reported: Claim[] = [];
  const ownTools = [createReportFindingTool({ report: (one) => reported.push(one) })];
  const end = await runSubagent(court.run, { ...task, ownTools, prompt }, life);
  const answer = end.kind === 'done' ? claims.safeParse(end.value) : null;
  if (end.kind !== 'done' || !answer?.success) return end;
  const placed = await place(court, distinct([...findingsIn(end.messages), ...reported, ...answer.data.findings]));
  const wrong = placed.filter((one) => one.kind === 'wrong');
  const right = placed.flatMap((one) => (one.kind === 'placed' ? [one.claim] : []));
  if (wrong.length === 0) return withFindings(end, right);

  reported.length = 0;
  const again = { ...task, ownTools, history: end.messages, prompt: quotesPrompt(wrong) };
  const second = await runSubagent(court.run, again, life);
  const corrected = second.kind === 'done' ? claims.safeParse(second.value) : null;
  // One that does not answer any more has taken nothing back.
  const said = corrected?.success ? [...reported, ...corrected.data.findings] : wrong.map((one) => one.claim);
  const replaced = (await place(court, said)).map((one) =>
    one.kind === 'placed' ? one.claim : withoutPlace(one.claim),
  );
  return withFindings(end, [...right, ...replaced]);
}

function withFindings(end: Extract<SubagentEnd, { kind: 'done' }>, findings: readonly Claim[]): SubagentEnd {
  return { ...end, value: { findings: distinct(findings) } as unknown as Json };
}

function place({ run, subject }: Court, findings: readonly Claim[]): Promise<readonly Placed[]> {
  return settleAll(
    findings.map(async (found) => placeClaim(found, await run.deps.files.at(run.cwd, subject.commit, found.path))),
  );
}
