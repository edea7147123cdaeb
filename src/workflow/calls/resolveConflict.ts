import { isAbort } from '../../base/abort.ts';
import { headline } from '../../base/text.ts';
import { heardWords } from '../../engine/heard.ts';
import type { Change, Review } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import type { AgentLife } from '../agentLife.ts';
import { modelOf } from '../agentModel.ts';
import type { Unmerged } from '../landing/landBatch.ts';
import { slug } from '../names.ts';
import { whileQueued } from '../whileQueued.ts';
import type { KnownChange, RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import type { Commit, Lease } from '../worktrees.ts';
import { resolvePrompt } from './resolvePrompt.ts';
import { reviewCall } from './reviewCall.ts';
import type { AgentOutcome, RecordValue } from './runAgent.ts';
import { runAgent } from './runAgent.ts';
import { runVerify } from './verify.ts';
import { giveUp, withWorktree, worktreeWorkspace } from './workspaces.ts';

/** A change that git could not merge, and how. */
export interface Conflict {
  readonly known: KnownChange;
  readonly paths: readonly string[];
  readonly unmerged: Unmerged;
  readonly verify: string | undefined;
  readonly phase: string | null;
}

export type Resolution =
  | { readonly kind: 'resolved'; readonly known: KnownChange }
  /** `why` is a sentence for whoever reads the landing. */
  | { readonly kind: 'unresolved'; readonly why: string };

const ATTEMPTS = 2;

/**
 * Has an agent resolve a conflict in a worktree with both sides, on top of what has landed, and has the result reviewed
 * like any other change. It is the queue that lands it, since more may have landed meanwhile.
 */
export async function resolveConflict(run: RunContext, effect: Effect, conflict: Conflict): Promise<Resolution> {
  const { change } = conflict.known;
  const prompt = resolvePrompt(conflict, landedBefore(run, conflict));
  const { value } = await runAgent(run, {
    kind: 'author',
    journalKind: 'change',
    scope: effect.scope,
    label: `resolve ${headline(change.summary, 50)}`,
    phase: conflict.phase,
    prompt,
    model: undefined,
    about: change.id,
    asked: { effect },
    keyOptions: { resolves: change.commit, onto: await run.deps.merge.treeOf(run.cwd, conflict.unmerged.onto) },
    body: (life, record) => resolver(run, life, conflict, prompt, record),
  });
  if (value === null) return { kind: 'unresolved', why: 'The agent that was to resolve it did not.' };
  const resolved = { change: value as unknown as Change, task: prompt, model: modelOf(run, undefined), verdicts: [] };
  run.changes.set(resolved.change.id, resolved);
  return reviewed(run, effect, conflict, resolved);
}

/** Its parts were reviewed before: what is new is how they go together. */
const RESOLUTION_REVIEW = { lenses: ['correctness'] };

async function reviewed(
  run: RunContext,
  effect: Effect,
  { phase }: Conflict,
  resolved: KnownChange,
): Promise<Resolution> {
  const { id, branch } = resolved.change;
  const answer = await reviewCall(run, { ...effect, name: 'review', phase, args: [{ id }, RESOLUTION_REVIEW] });
  const { approved, findings } = answer as unknown as Review;
  if (approved) return { kind: 'resolved', known: resolved };
  const why = findings.length > 0 ? `: ${findings.map(({ title }) => headline(title, 80)).join('; ')}` : '';
  return { kind: 'unresolved', why: `Its resolution on ${branch} was not approved${why}.` };
}

/** Those that changed the same paths: theirs is the other intent. */
function landedBefore(run: RunContext, { paths, unmerged }: Conflict): readonly KnownChange[] {
  const landed = new Set(unmerged.landed);
  return [...run.changes.values()].filter(
    ({ change }) => landed.has(change.commit) && change.files.some(({ path }) => paths.includes(path)),
  );
}

async function resolver(
  run: RunContext,
  life: AgentLife,
  conflict: Conflict,
  prompt: string,
  record: RecordValue,
): Promise<AgentOutcome> {
  const { onto, tree } = conflict.unmerged;
  const start = await run.deps.merge.commitTree(
    run.cwd,
    tree,
    [onto],
    'A merge in conflict, with the marks of both sides',
  );
  return withWorktree(run, life, start, async (lease) => {
    const label = headline(conflict.known.change.summary, 30);
    const end = await resolve(run, life, { conflict, prompt, lease, branch: branchOf(run, life, label) });
    life.deafen();
    if (end.kind !== 'resolved') return end;
    const { files, diff } = await run.deps.merge.compare(run.cwd, onto, end.commit);
    const { summary, commit, branch } = end;
    const change = { id: life.agentId, summary, branch, base: onto, commit, files };
    run.recorder.emit({ type: 'change.committed', agentId: life.agentId, change });
    // It was made to meet the others.
    run.overlaps.lands(life.agentId);
    const value = { ...change, diff } as unknown as Json;
    await record(value);
    return { kind: 'value', value, preview: summary };
  });
}

const branchOf = (run: RunContext, { agentId }: AgentLife, label: string): string =>
  `workflow/${run.runId}/${slug(`resolve ${label}`)}-${agentId}`;

interface Task {
  readonly conflict: Conflict;
  readonly prompt: string;
  readonly lease: Lease;
  readonly branch: string;
}

interface Resolved {
  readonly kind: 'resolved';
  readonly commit: string;
  readonly branch: string;
  readonly summary: string;
}

/** The resolver's loop: what it has left unresolved, or broken, or was told, goes back into the same conversation. */
async function resolve(run: RunContext, life: AgentLife, task: Task): Promise<Resolved | AgentOutcome> {
  const { lease } = task;
  const agent = { role: 'author', workspace: worktreeWorkspace(lease), options: {}, hearsOn: true } as const;
  let end: SubagentEnd = await runSubagent(run, { ...agent, prompt: task.prompt, restored: lease.restored }, life);
  for (let attempt = 1; ;) {
    const kept = await keep(run, life, task, end.kind === 'done' ? end.text : 'Unfinished');
    if (kept.kind !== 'kept') return kept;
    if (end.kind !== 'done') return end;
    const wrong = await whatIsWrong(run, life, task, kept.commit);
    const said = wrong === null ? life.heard() : [];
    if (wrong === null && said.length === 0)
      return { kind: 'resolved', commit: kept.commit, branch: task.branch, summary: end.text || 'Resolve a conflict' };
    if (wrong !== null) {
      const { cause, message } = wrong;
      if (attempt >= ATTEMPTS || cause === 'not-started') return { kind: 'null', cause, message };
      attempt += 1;
    }
    const again = `${wrong?.message ?? heardWords(said)}\n\nGo on resolving.`;
    end = await runSubagent(run, { ...agent, history: end.messages, prompt: again }, life);
  }
}

/** Its work on a branch, however far it got; where it changed nothing, the merge as git left it. */
async function keep(
  run: RunContext,
  life: AgentLife,
  { lease, branch }: Task,
  summary: string,
): Promise<{ readonly kind: 'kept'; readonly commit: string } | AgentOutcome> {
  const message = `${headline(summary, 72)}\n\nWorkflow-Run: ${run.runId}\nWorkflow-Agent: ${life.agentId}`;
  try {
    const commit: Commit | null = await lease.commit({ branch, message }, life.signal);
    if (commit) return { kind: 'kept', commit: commit.commit };
    const at = await run.deps.merge.resolve(run.cwd, branch);
    if (at !== lease.base) await run.deps.merge.moveBranch(run.cwd, branch, lease.base, at);
    return { kind: 'kept', commit: lease.base };
  } catch (error) {
    if (isAbort(error)) throw error;
    await giveUp(run, lease, life.agentId);
    return { kind: 'null', cause: 'worktree', message: error instanceof Error ? error.message : String(error) };
  }
}

/** Null: nothing is left unresolved, and the script's command passes. */
async function whatIsWrong(
  run: RunContext,
  life: AgentLife,
  { conflict: { known, paths, verify }, lease }: Task,
  commit: string,
): Promise<{ readonly cause: 'verify' | 'not-started'; readonly message: string } | null> {
  const unverified = (message: string) => ({ cause: 'verify', message }) as const;
  const marked = await run.deps.merge.markedIn(run.cwd, commit, paths, known.change.commit);
  if (marked.length > 0) return unverified(`There are conflict marks left in ${marked.join(', ')}.`);
  if (verify === undefined) return null;
  const verified = await runVerify(run, life, verify, lease, whileQueued(run, life));
  switch (verified.kind) {
    case 'passed':
      return null;
    case 'failed':
      return unverified(`The command \`${verify}\` fails on the merge. Its output:\n\n${verified.output}`);
    case 'not-started':
      return { cause: verified.kind, message: verified.message };
  }
}
