import { heardWords } from '../../engine/heard.ts';
import type { Json } from '../../protocol/json.ts';
import type { Change } from '../../protocol/change.ts';
import type { AgentLife } from '../agentLife.ts';
import { modelOf } from '../agentModel.ts';
import type { ChangeOptions } from '../agentOptions.ts';
import { parseChangeOptions, parsePrompt } from '../agentOptions.ts';
import type { AgentType } from '../definitions.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import type { SubagentEnd } from '../subagent.ts';
import { runSubagent } from '../subagent.ts';
import { typeNamed, withType } from '../typedAgent.ts';
import type { Lease } from '../worktrees.ts';
import { keepChanges, warnUnknown } from './agentCall.ts';
import { placeTests, testsNote } from './givenTests.ts';
import { AGAIN, createInspection, scopeNote } from './inspection.ts';
import type { AgentOutcome, RecordValue } from './runAgent.ts';
import { runAgent } from './runAgent.ts';
import { giveUp, NO_REPOSITORY, startCommit, withWorktree, worktreeWorkspace } from './workspaces.ts';

/** `change(prompt, opts?)` (X01): one author in its own worktree, tested there, committed to its own branch. */
export async function changeCall(run: RunContext, effect: Effect): Promise<Json> {
  const prompt = parsePrompt('change', effect.args[0]);
  const { options: written, unknownKeys } = parseChangeOptions(effect.args[1]);
  warnUnknown(run, 'change', unknownKeys);
  const type = typeNamed(run, written.agentType);
  const options = withType(run, type, written);
  const { value } = await runAgent(run, {
    kind: 'author',
    journalKind: 'change',
    scope: effect.scope,
    label: options.label,
    phase: options.phase ?? effect.phase,
    prompt,
    model: options.model,
    timeoutMs: options.timeoutMs,
    caps: options.caps,
    asked: { effect, named: options.from },
    keyOptions: answerOptions(written),
    body: (life, record) => author(run, life, { prompt, options, type }, record),
  });
  // From the journal or from its agent: it is the runtime that made this value.
  if (value !== null) {
    const change = value as unknown as Change;
    run.changes.set(change.id, { change, task: prompt, model: modelOf(run, options.model), verdicts: [] });
  }
  return value;
}

function answerOptions(options: ChangeOptions): Json {
  const { model, effort, agentType, tools, disallowedTools, base, verify, paths, tests } = options;
  const written = { model, effort, agentType, tools, disallowedTools, base, verify, paths, tests };
  return JSON.parse(JSON.stringify(written)) as Json;
}

interface Asked {
  readonly prompt: string;
  /** With what its type adds. */
  readonly options: ChangeOptions;
  readonly type: AgentType;
}

async function author(run: RunContext, life: AgentLife, asked: Asked, record: RecordValue): Promise<AgentOutcome> {
  const { prompt, options } = asked;
  const commit = startCommit(run, options.base);
  if (commit === null) return NO_REPOSITORY;
  return withWorktree(run, life, commit, async (lease) => {
    const end = await write(run, life, asked, lease);
    life.deafen();
    if (end.kind === 'null' && end.cause === 'paths') {
      // Nothing of it gets onto a branch, and nothing is lost.
      await giveUp(run, lease, life.agentId);
      return end;
    }
    const summary = end.kind === 'done' ? end.text : prompt;
    // What a failed author leaves behind is kept on its branch too: it was paid for.
    const kept = await keepChanges(run, life, lease, options.label ?? prompt, summary);
    if (end.kind !== 'done') return end;
    if (kept.kind !== 'kept') return kept;
    const change = kept.change ?? unchanged(run, life, lease, summary);
    const value = change as unknown as Json;
    await record(value);
    return { kind: 'value', value, preview: summary };
  });
}

function unchanged(run: RunContext, { agentId }: AgentLife, { base }: Lease, summary: string): Change {
  const change = { id: agentId, summary, branch: '', base, commit: base, files: [] };
  run.recorder.emit({ type: 'change.empty', agentId, change });
  return { ...change, diff: '' };
}

/** The author's loop: what is wrong with what it left, or was said meanwhile, goes back into the same conversation. */
async function write(
  run: RunContext,
  life: AgentLife,
  { prompt, options, type }: Asked,
  lease: Lease,
): Promise<SubagentEnd> {
  const workspace = worktreeWorkspace(lease, options.paths);
  const task = { role: 'author', type, workspace, options, restored: lease.restored, hearsOn: true } as const;
  const given = await placeTests(run, lease, options.tests ?? [], life.signal);
  const inspect = createInspection(run, life, { ...options, given }, lease);
  const note = `${scopeNote(options)}${testsNote(given.tests)}`;
  let end = await runSubagent(run, { ...task, prompt: `${prompt}${note}` }, life);
  while (end.kind === 'done') {
    const problem = await inspect();
    if (problem?.kind === 'failed') return { kind: 'null', cause: problem.cause, message: problem.message };
    const said = problem === null ? life.heard() : [];
    if (problem === null && said.length === 0) return end;
    const again = problem?.again ?? `${heardWords(said)}\n\n${AGAIN}`;
    end = await runSubagent(run, { ...task, history: end.messages, prompt: again }, life);
  }
  return end;
}
