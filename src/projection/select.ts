import { count, headline } from '../base/text.ts';
import type { Finding, Landing } from '../protocol/change.ts';
import { worstOf } from './findingWords.ts';
import type { RunStatus, RunUsage } from '../protocol/run.ts';
import { agentOf } from './agentTable.ts';
import type { AgentNode, ChangeState, PhaseState, RunState } from './state.ts';

/** How the run stands for people: one that never said how it ended, and whose process is gone, is interrupted. */
export function statusOf(state: RunState, alive: boolean): RunStatus {
  if (state.status !== 'running' && state.status !== 'starting') return state.status;
  return alive ? 'running' : 'interrupted';
}

/** What the run has used over all its attempts; `now` counts for one that still runs. */
export function usageOf(state: RunState, now: number): RunUsage {
  const { endedMs, ...totals } = state.totals;
  const running = state.status === 'running' ? Math.max(0, now - state.attemptStartedAt) : 0;
  return { ...totals, ms: endedMs + running };
}

/** Time that the run has stood still over all its attempts; `now` counts for one that does. */
export function pausedMsOf({ pausedMs, paused }: RunState, now: number): number {
  return pausedMs + (paused ? Math.max(0, now - paused.since) : 0);
}

/** What a progress line says. */
export interface RunSummary {
  readonly workflowName: string;
  readonly phase: string | null;
  /** Of this attempt. `failed`: null or threw. */
  readonly agents: {
    readonly total: number;
    readonly queued: number;
    readonly running: number;
    readonly done: number;
    readonly failed: number;
    readonly fromJournal: number;
  };
  readonly questions: number;
  readonly usage: RunUsage;
}

export function summaryOf(state: RunState, now: number): RunSummary {
  const { counts } = state;
  const shown = state.phases.flatMap((phase) => agentsOf(state, phase));
  return {
    workflowName: state.head?.workflowName ?? '',
    phase: state.currentPhase,
    agents: {
      total: shown.length,
      queued: counts.queued,
      running: counts.running,
      done: counts.done,
      failed: counts.null + counts.threw,
      fromJournal: shown.filter((agent) => agent.fromJournal).length,
    },
    questions: state.questions.length + state.asked.length,
    usage: usageOf(state, now),
  };
}

/** Phases that are shown: once the run has ended, those in which nothing happened are not (W33). */
export function shownPhases(state: RunState): readonly PhaseState[] {
  return state.endedAt === null
    ? state.phases
    : state.phases.filter((phase) => phase.agentIds.length > 0 || phase.landings > 0);
}

export function agentsOf(state: RunState, phase: PhaseState): readonly AgentNode[] {
  return phase.agentIds.flatMap((id) => agentOf(state.agents, id) ?? []);
}

/** Those that the agent started, or (null) that the script did, of a phase. */
export function startedBy(state: RunState, phase: PhaseState, parent: string | null): readonly AgentNode[] {
  return agentsOf(state, phase).filter((agent) => agent.parent === parent);
}

type ChangeOutcome = 'landed' | 'refused' | 'open';

/** One line of the table of what was fixed and what was refused. */
export interface ChangeRow {
  readonly id: string;
  readonly label: string;
  /** Its first line. */
  readonly summary: string;
  readonly branch: string;
  readonly files: readonly string[];
  readonly additions: number;
  readonly deletions: number;
  readonly outcome: ChangeOutcome;
  /** One line. */
  readonly why: string;
}

/** Without those whose author an earlier attempt left unfinished: it is asked again, under another id. */
export function currentChanges(state: RunState): readonly ChangeState[] {
  return state.changes.filter(({ change, landing }) => {
    const author = agentOf(state.agents, change.id);
    return landing !== null || author === undefined || author.attempt === state.attempt;
  });
}

/** In the order in which they were committed. */
export function changeTable(state: RunState): readonly ChangeRow[] {
  return currentChanges(state).map((known) => {
    const { id, summary, branch, files } = known.change;
    const sum = (of: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[of], 0);
    return {
      ...{ id, summary: headline(summary, 200), branch, files: files.map((file) => file.path) },
      label: agentOf(state.agents, id)?.label ?? id,
      additions: sum('additions'),
      deletions: sum('deletions'),
      ...verdict(known),
    };
  });
}

function verdict(known: ChangeState): { readonly outcome: ChangeOutcome; readonly why: string } {
  const { landing, review, refuted } = known;
  if (known.change.files.length === 0) return { outcome: 'refused', why: 'it changed nothing' };
  const rejected = review && !review.approved ? `refused by review: ${worst(review.findings)}` : null;
  if (landing) return landed(landing, rejected);
  if (rejected) return { outcome: 'refused', why: rejected };
  if (!review) return { outcome: 'open', why: 'not reviewed' };
  const doubts = refuted.length > 0 ? `, ${count(refuted.length, 'objection')} refuted` : '';
  return { outcome: 'open', why: `approved${doubts}, not landed` };
}

function landed(landing: Landing, rejected: string | null): { readonly outcome: ChangeOutcome; readonly why: string } {
  switch (landing.status) {
    case 'landed':
      return { outcome: 'landed', why: `${landing.commit.slice(0, 8)} on ${landing.branch}` };
    case 'conflict':
      return { outcome: 'refused', why: landing.log ?? `conflicts in ${landing.conflicts.join(', ')}` };
    case 'verify-failed':
      return { outcome: 'refused', why: 'its verification failed on the merged tree' };
    case 'unreviewed':
      return { outcome: 'refused', why: rejected ?? 'no review approved it' };
    case 'discarded':
      return { outcome: 'refused', why: 'it, or one that it stands on, was discarded' };
    case 'empty':
      return { outcome: 'refused', why: 'it changed nothing' };
  }
}

function worst(findings: readonly Finding[]): string {
  const first = worstOf(findings);
  if (!first) return 'a reviewer gave no report';
  const { upheld, refuted, abstained } = first.votes;
  const proof = first.status === 'reproduced' ? 'a test shows it' : null;
  return `${first.title} (${proof ?? `${upheld} of ${upheld + refuted + abstained} upheld it`})`;
}
