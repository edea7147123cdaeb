import { isAbort } from '../../base/abort.ts';
import type { Json } from '../../protocol/json.ts';
import type { Change } from '../../protocol/change.ts';
import { slug } from '../names.ts';
import type { AgentLife } from '../agentLife.ts';
import type { AgentOptions } from '../agentOptions.ts';
import { parseAgentOptions, parsePrompt, ScriptError } from '../agentOptions.ts';
import { commitMessage } from '../commitMessage.ts';
import type { AgentType } from '../definitions.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import type { SubagentEnd, Workspace } from '../subagent.ts';
import { lookedAround } from '../staleAnswers.ts';
import { runSubagent } from '../subagent.ts';
import { typeNamed, withType } from '../typedAgent.ts';
import type { Lease } from '../worktrees.ts';
import type { AgentOutcome, RecordValue } from './runAgent.ts';
import { runAgent } from './runAgent.ts';
import { giveUp, NO_REPOSITORY, startCommit, withWorktree, worktreeWorkspace } from './workspaces.ts';

/** `agent(prompt, opts?)` (W20–W25, W27). */
export async function agentCall(run: RunContext, effect: Effect): Promise<Json> {
  const prompt = parsePrompt('agent', effect.args[0]);
  const { options: written, unknownKeys } = parseAgentOptions(effect.args[1]);
  warnUnknown(run, 'agent', unknownKeys);
  const type = typeNamed(run, written.agentType);
  const options = { ...withType(run, type, written), isolation: written.isolation ?? type.isolation };
  if (options.schema) checkSchema(run, options.schema);
  const { value } = await runAgent(run, {
    kind: 'agent',
    journalKind: 'agent',
    scope: effect.scope,
    label: options.label,
    phase: options.phase ?? effect.phase,
    prompt,
    model: options.model,
    timeoutMs: options.timeoutMs,
    caps: options.caps,
    asked: { effect, named: options.from },
    keyOptions: answerOptions(written),
    inFolder: options.isolation === undefined,
    body: (life, record) =>
      options.isolation
        ? inWorktree(run, life, { prompt, options, type }, record)
        : inSession(run, life, { prompt, options, type }),
  });
  return value;
}

export function warnUnknown(run: RunContext, call: string, keys: readonly string[]): void {
  if (keys.length > 0)
    run.warnOnce(`unknown-options`, `${call}() does not know the options ${keys.join(', ')}; they are ignored`);
}

/** An agent's end as its call's outcome. */
export function outcomeOf(end: SubagentEnd): AgentOutcome {
  if (end.kind !== 'done') return end;
  const value = end.value ?? end.text;
  return { kind: 'value', value, preview: typeof value === 'string' ? value : JSON.stringify(value) };
}

function checkSchema(run: RunContext, schema: unknown): void {
  const problem = run.deps.schemaCheck.problem(schema);
  if (problem !== null) throw new ScriptError(`agent() schema: ${problem}`);
}

function answerOptions(options: AgentOptions): Json {
  const { schema, model, effort, agentType, isolation, tools, disallowedTools, base } = options;
  const written = { schema, model, effort, agentType, isolation, tools, disallowedTools, base };
  return JSON.parse(JSON.stringify(written)) as Json;
}

interface Asked {
  readonly prompt: string;
  /** With what its type adds. */
  readonly options: AgentOptions;
  readonly type: AgentType;
}

async function inSession(run: RunContext, life: AgentLife, asked: Asked): Promise<AgentOutcome> {
  const workspace: Workspace = { root: run.cwd, cwd: run.cwd, ownsRoot: false, readOnly: false };
  const end = await runSubagent(run, { role: 'agent', workspace, ...asked }, life);
  const outcome = outcomeOf(end);
  return outcome.kind === 'value' && end.kind === 'done'
    ? { ...outcome, sawFolder: lookedAround(end.messages) }
    : outcome;
}

async function inWorktree(run: RunContext, life: AgentLife, asked: Asked, record: RecordValue): Promise<AgentOutcome> {
  const { prompt, options } = asked;
  const commit = startCommit(run, options.base);
  if (commit === null) return NO_REPOSITORY;
  return withWorktree(run, life, commit, async (lease) => {
    const workspace = worktreeWorkspace(lease);
    const { restored } = lease;
    const end = await runSubagent(run, { role: 'agent', workspace, ...asked, restored }, life);
    const summary = end.kind === 'done' ? end.text || prompt : prompt;
    const kept = await keepChanges(run, life, lease, options.label ?? prompt, summary);
    if (kept.kind === 'null') run.failures.add({ cause: kept.cause, message: kept.message, agentId: life.agentId });
    const outcome = outcomeOf(end);
    if (outcome.kind === 'value') await record(outcome.value);
    return outcome;
  });
}

/**
 * Commits what an agent left in its worktree to a branch of its own, so that nothing of it is lost (W27). `change` is
 * null when it left nothing; a worktree that cannot be committed is kept aside, and the call is null.
 */
export async function keepChanges(
  run: RunContext,
  { agentId, signal }: AgentLife,
  lease: Lease,
  label: string,
  summary: string,
): Promise<{ readonly kind: 'kept'; readonly change: Change | null } | Extract<AgentOutcome, { kind: 'null' }>> {
  const branch = `workflow/${run.runId}/${slug(label)}-${agentId}`;
  try {
    const message = commitMessage(summary, { runId: run.runId, agentId });
    const commit = await lease.commit({ branch, message }, signal);
    if (!commit) return { kind: 'kept', change: null };
    const change = { id: agentId, summary, branch, base: lease.base, commit: commit.commit, files: commit.files };
    run.recorder.emit({ type: 'change.committed', agentId, change });
    run.overlaps.commits(agentId, { commit: change.commit, paths: change.files.map(({ path }) => path) });
    if (commit.unsigned !== undefined) {
      const message = `The commit of ${branch} is not signed: ${commit.unsigned}`;
      run.recorder.emit({ type: 'logged', level: 'warning', message });
    }
    return { kind: 'kept', change: { ...change, diff: commit.diff } };
  } catch (error) {
    if (isAbort(error)) throw error;
    await giveUp(run, lease, agentId);
    return { kind: 'null', cause: 'worktree', message: error instanceof Error ? error.message : String(error) };
  }
}
