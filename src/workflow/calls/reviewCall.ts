import * as z from 'zod';
import type { Json } from '../../protocol/json.ts';
import { settleAll } from '../../base/settleAll.ts';
import { headline } from '../../base/text.ts';
import type { Role } from '../../engine/prompts.ts';
import type { Finding, Review, Votes } from '../../protocol/change.ts';
import type { JsonSchema } from '../../protocol/conversation.ts';
import type { AgentLife } from '../agentLife.ts';
import type { ReviewOptions } from '../agentOptions.ts';
import { parseReviewOptions } from '../agentOptions.ts';
import type { KnownChange, RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import { warnUnknown, outcomeOf } from './agentCall.ts';
import { knownChange } from './knownChange.ts';
import type { AgentAnswer, AgentOutcome } from './runAgent.ts';
import { runAgent } from './runAgent.ts';
import { createReportFindingTool, distinct, findingsIn } from './reportFinding.ts';
import { ReviewPlace } from './reviewPlace.ts';
import type { Claim } from './reviewPrompts.ts';
import { claim, findingsPrompt, refutePrompt } from './reviewPrompts.ts';

const DEFAULT_LENSES = ['correctness'];
const DEFAULT_VOTES = 3;

const claims = z.object({ findings: z.array(claim) });
const vote = z.object({ verdict: z.enum(['upheld', 'refuted', 'abstained']), reason: z.string() });

type Vote = z.infer<typeof vote>;

const CLAIMS_SCHEMA = z.toJSONSchema(claims, { io: 'input' }) as JsonSchema;
const VOTE_SCHEMA = z.toJSONSchema(vote, { io: 'input' }) as JsonSchema;

/**
 * `review(change, opts?)` (X02): a reviewer a lens, then skeptics on each of its findings. A finding is dropped only
 * when more than half of its votes refute it; a dead skeptic abstains, a dead reviewer leaves the change unapproved.
 */
export async function reviewCall(run: RunContext, effect: Effect): Promise<Json> {
  const known = knownChange(run, 'review', effect.args[0]);
  const { options, unknownKeys } = parseReviewOptions(effect.args[1]);
  warnUnknown(run, 'review', unknownKeys);
  const place = new ReviewPlace(run, known.change);
  try {
    const verdict = await judge({
      run,
      known,
      options,
      effect,
      phase: options.phase ?? effect.phase,
      place,
    });
    known.verdicts.push(verdict.review.approved);
    run.recorder.emit({ type: 'change.reviewed', changeId: known.change.id, ...verdict });
    return verdict.review as unknown as Json;
  } finally {
    await place.release();
  }
}

interface Court {
  readonly run: RunContext;
  readonly known: KnownChange;
  readonly options: ReviewOptions;
  readonly effect: Effect;
  readonly phase: string | null;
  readonly place: ReviewPlace;
}

async function judge(court: Court): Promise<{ review: Review; refuted: readonly Finding[] }> {
  if (court.known.change.files.length === 0) return { review: { approved: true, findings: [] }, refuted: [] };
  const lenses = court.options.lenses ?? DEFAULT_LENSES;
  const reports = await settleAll(lenses.map((lens) => reviewThrough(court, lens)));
  const findings = reports.flatMap((report) => report.findings);
  const kept = findings.filter((finding) => !isRefuted(finding.votes));
  const serious = kept.some((finding) => finding.severity === 'blocker' || finding.severity === 'major');
  const allReported = reports.every((report) => report.reported);
  return {
    review: { approved: allReported && !serious, findings: kept },
    refuted: findings.filter((finding) => isRefuted(finding.votes)),
  };
}

/** More than half of all votes: an abstention never counts as refuted. */
function isRefuted(votes: Votes): boolean {
  return votes.refuted * 2 > votes.upheld + votes.refuted + votes.abstained;
}

async function reviewThrough(court: Court, lens: string): Promise<{ reported: boolean; findings: readonly Finding[] }> {
  const { change, task } = court.known;
  const label = `${lens}: ${headline(change.summary, 40)}`;
  const answer = await ask(court, 'reviewer', label, findingsPrompt(change, task, lens), CLAIMS_SCHEMA, change.id);
  const report = claims.safeParse(answer.value);
  if (!report.success) return { reported: false, findings: [] };
  const findings = await settleAll(report.data.findings.map((found) => doubt(court, lens, found, answer.agentId)));
  return { reported: true, findings };
}

async function doubt(court: Court, lens: string, found: Claim, reviewer: string): Promise<Finding> {
  const skeptics = Array.from({ length: court.options.votes ?? DEFAULT_VOTES }, async (_, index) => {
    const label = `skeptic ${index + 1}: ${headline(found.title, 40)}`;
    const answer = await ask(court, 'skeptic', label, refutePrompt(court.known.change, found), VOTE_SCHEMA, reviewer);
    const parsed = vote.safeParse(answer.value);
    return parsed.success
      ? parsed.data
      : ({ verdict: 'abstained', reason: 'The skeptic gave no answer.' } satisfies Vote);
  });
  const votes = await settleAll(skeptics);
  const { endLine, suggestion, ...rest } = found;
  return {
    ...rest,
    ...(endLine === undefined ? {} : { endLine }),
    ...(suggestion === undefined ? {} : { suggestion }),
    lens,
    votes: tally(votes),
    reasons: votes.map((cast) => `${cast.verdict}: ${cast.reason}`),
  };
}

/** A reviewer's answer with what it has reported on the way. */
function withReported(end: SubagentEnd, found: readonly Claim[]): SubagentEnd {
  const answer = end.kind === 'done' ? claims.safeParse(end.value) : null;
  if (end.kind !== 'done' || !answer?.success) return end;
  const findings = distinct([...findingsIn(end.messages), ...found, ...answer.data.findings]);
  return { ...end, value: { findings } as unknown as Json };
}

function tally(votes: readonly Vote[]): Votes {
  const cast = (verdict: Vote['verdict']): number => votes.filter((one) => one.verdict === verdict).length;
  return { upheld: cast('upheld'), refuted: cast('refuted'), abstained: cast('abstained') };
}

function ask(
  court: Court,
  role: Role & ('reviewer' | 'skeptic'),
  label: string,
  prompt: string,
  schema: JsonSchema,
  about: string,
): Promise<AgentAnswer> {
  const { run, options, place } = court;
  const body = async (life: AgentLife): Promise<AgentOutcome> => {
    const workspace = await place.workspace();
    if ('cause' in workspace) return workspace;
    const found: Claim[] = [];
    const ownTools = role === 'reviewer' ? [createReportFindingTool({ report: (one) => found.push(one) })] : [];
    const task = { role, workspace, options: { schema, model: options.model }, prompt, ownTools };
    const end = withReported(await runSubagent(run, task, life), found);
    // A reviewer that cannot answer in form has no say; the script did nothing wrong.
    return end.kind === 'threw' ? { kind: 'null', cause: 'refused', message: end.message } : outcomeOf(end);
  };
  return runAgent(run, {
    kind: role,
    journalKind: 'agent',
    scope: court.effect.scope,
    label,
    phase: court.phase,
    prompt,
    model: options.model,
    keyOptions: { role, schema, model: options.model ?? null },
    about,
    asked: { effect: court.effect },
    body,
  });
}
