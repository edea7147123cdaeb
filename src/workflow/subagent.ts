import type { Json } from '../protocol/json.ts';
import type { Effort, ModelErrorCode, OnDelta } from '../engine/model.ts';
import { isFatal } from '../engine/model.ts';
import type { PermissionPolicy } from '../engine/permission.ts';
import type { ToolHooks } from '../engine/hooks/toolHooks.ts';
import { isInside, relativeTo } from '../engine/insidePath.ts';
import type { Role } from '../engine/prompts.ts';
import { withoutRefusedImages } from '../engine/refusedImages.ts';
import type { LoopEnd, LoopEvent } from '../engine/queryLoop.ts';
import { createNudge, createStructuredOutput } from '../engine/structuredOutput.ts';
import { endTools, type Tool } from '../engine/tool.ts';
import type { ToolRouter } from '../engine/toolRouter.ts';
import { createToolRouter } from '../engine/toolRouter.ts';
import type { JsonSchema, Message } from '../protocol/conversation.ts';
import type { NullCause } from '../protocol/run.ts';
import type { AgentLife } from './agentLife.ts';
import { agentModel, modelOf } from './agentModel.ts';
import { hookedAgent, toolHooksOf, withStartNotes, type HookedAgent } from './hooks/agentHooks.ts';
import { hookedLoop } from './hooks/hookedLoop.ts';
import { watchingWrites } from './landing/watchWrites.ts';
import { mcpToolsFor } from './mcpTools.ts';
import { askModel } from './askModel.ts';
import { agentCompaction, resultCap } from './agentCompaction.ts';
import { chosenModel } from './chosenModel.ts';
import { whileQueued } from './whileQueued.ts';
import { recordStep } from './recordStep.ts';
import { openConversation } from './openConversation.ts';
import { keeperOf, outputsOf } from './outputs.ts';
import { rawAnswer, repairAnswer } from './repairAnswer.ts';
import type { RunContext } from './runContext.ts';
import { chosenTools, permitsOf } from './chosenTools.ts';
import type { AgentType } from './definitions.ts';
import { judges, runTools } from './runTools.ts';

/** Where an agent works. */
export interface Workspace {
  /** Absolute, symlinks resolved. */
  readonly root: string;
  /** Where relative paths and commands begin: `root`, or a folder in it. */
  readonly cwd: string;
  /** A worktree that is this agent's alone. */
  readonly ownsRoot: boolean;
  /** What it may write of its worktree; absent: all of it. */
  readonly writes?: readonly string[] | undefined;
  readonly readOnly: boolean;
  /** Folders elsewhere that links in it lead to. Absolute, symlinks resolved. */
  readonly readable?: readonly string[];
}

export interface SubagentOptions {
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
  readonly schema?: JsonSchema | undefined;
  readonly maxTurns?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** Without a byte of a reply for so long, the request is given up and made again. */
  readonly stallMs?: number | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly disallowedTools?: readonly string[] | undefined;
}

export interface SubagentTask {
  readonly role: Role;
  /** Absent: general-purpose. */
  readonly type?: AgentType;
  /** Of an agent that another agent started: that one. It may do no more than its parent may. */
  readonly under?: { readonly task: SubagentTask };
  readonly workspace: Workspace;
  readonly options: SubagentOptions;
  /** Of an agent that goes on after it had ended: its conversation so far. */
  readonly history?: readonly Message[];
  /** Tools of its role, beside those of its workspace. */
  readonly ownTools?: readonly Tool[];
  /** Looks at its structured answer; see `createStructuredOutput`. */
  readonly accept?: (value: Json) => Promise<string | null>;
  /** What is said to it. */
  readonly prompt: string;
  /** Folders in which it may read besides. Absolute, symlinks resolved. */
  readonly readable?: readonly string[];
  /** Its call may go on with it after it has ended: what it is told until then is not too late. */
  readonly hearsOn?: true;
  /** Sees each step, and the pieces of a reply as they come. */
  readonly onStep?: (event: LoopEvent) => void;
  readonly onDelta?: OnDelta;
  /** Of an agent in a worktree: whether what it had written before an interruption is there again. */
  readonly restored?: boolean;
}

export type SubagentEnd =
  | { readonly kind: 'done'; readonly text: string; readonly value?: Json; readonly messages: readonly Message[] }
  | { readonly kind: 'null'; readonly cause: NullCause; readonly message: string }
  /** The answer never fitted its schema (W21), or the run's cap left nothing for it (W35). */
  | { readonly kind: 'threw'; readonly cause: 'schema' | 'budget'; readonly message: string };

const DEFAULT_MAX_TURNS = 100;
const DEFAULT_MAX_TOKENS = 32_000;

/** Runs one agent's loop to its end. Throws AbortError on abort; a fatal model error halts the run. */
export async function runSubagent(run: RunContext, task: SubagentTask, life: AgentLife): Promise<SubagentEnd> {
  const policy = policyOf(run, task, life.agentId);
  const agent = hookedAgent(run, task, life.agentId);
  const tools = await toolsOf(run, task, life, policy);
  try {
    return await converse(run, task, life, { policy, tools, agent });
  } finally {
    await endTools(tools);
  }
}

interface Equipment {
  readonly policy: PermissionPolicy;
  readonly tools: readonly Tool[];
  readonly agent: HookedAgent;
}

async function converse(
  run: RunContext,
  task: SubagentTask,
  life: AgentLife,
  { policy, tools, agent }: Equipment,
): Promise<SubagentEnd> {
  const router = routerFor(run, task, life, { policy, tools, agent });
  const prompt = await withStartNotes(agent, task, life);
  const start = await openConversation(run, { ...task, prompt }, life, { tools, router });
  run.open.appendTranscript(life.agentId, start.added);
  const ended = (end: LoopEnd): Promise<SubagentEnd> => {
    if (!task.hearsOn) life.deafen();
    return outcome(run, task, life, end);
  };
  if (start.end) return ended(start.end);
  const chosen = await chosenModel(run, task.options, life.signal);
  const loop = hookedLoop(
    agent,
    {
      ...chosen,
      tools: tools.map((tool) => tool.spec),
      system: systemOf(run, task),
      messages: start.messages,
      maxTokens: task.options.maxTokens ?? DEFAULT_MAX_TOKENS,
      maxTurns: task.options.maxTurns ?? DEFAULT_MAX_TURNS,
      ...(task.options.stallMs === undefined ? {} : { idleTimeoutMs: task.options.stallMs }),
      ...(start.partial ? { partial: start.partial } : {}),
      ...(task.options.schema === undefined ? {} : { nudge: createNudge() }),
    },
    {
      model: withoutRefusedImages(agentModel(run, life, task.role)),
      tools: router,
      compact: agentCompaction(run, life),
      heard: () => life.heard(),
      onResults: (content) => run.open.appendTranscript(life.agentId, [{ role: 'user', content }]),
      ...(task.onDelta ? { onDelta: task.onDelta } : {}),
    },
    life.signal,
  );
  for (;;) {
    const step = await loop.next();
    if (step.done) return ended(step.value);
    recordStep(run, life.agentId, step.value);
    task.onStep?.(step.value);
  }
}

/** The same for all agents of a role and a type, so that the prompt cache holds. */
function systemOf({ briefing }: RunContext, { role, type }: SubagentTask): string {
  const base = role === 'agent' ? (type?.role ?? role) : role;
  return [briefing.prompts[base], type?.prompt ?? ''].filter((part) => part !== '').join('\n\n');
}

function policyOf(run: RunContext, task: SubagentTask, agentId: string): PermissionPolicy {
  const { root, cwd: start, ownsRoot, writes } = task.workspace;
  const { mode } = permitsOf(run, task);
  const outputs = outputsOf(run, agentId);
  const folders = [...run.kit.skills.values()].map(({ folder }) => folder).filter((folder) => folder !== '');
  const readable = [...folders, ...(task.workspace.readable ?? []), ...(task.readable ?? [])];
  return { mode, ...run.permissions, root, start, ownsRoot, ...(writes ? { writes } : {}), outputs, readable };
}

function routerFor(
  run: RunContext,
  task: SubagentTask,
  life: AgentLife,
  { policy, tools, agent }: Equipment,
): ToolRouter {
  const { agentId } = life;
  return createToolRouter({
    tools,
    policy,
    clock: run.deps.clock,
    ask: (request, summary, signal, mustAsk) =>
      life.lending(run.pause.runTime, signal, () =>
        run.inbox.ask({ asker: agentId, request, summary, policy, mustAsk }, signal),
      ),
    onTool: (event) => run.recorder.emit({ ...event, agentId }),
    hooks: toolHooks(run, task, agent),
    maxResultChars: resultCap(run, modelOf(run, task.options.model)),
    keepWhole: keeperOf(run, agentId),
  });
}

/** With an eye on what an agent writes in its worktree, which others may be writing too. */
function toolHooks({ overlaps }: RunContext, { workspace }: SubagentTask, agent: HookedAgent): ToolHooks | undefined {
  const hooks = toolHooksOf(agent);
  const { root, ownsRoot, readOnly, writes } = workspace;
  if (!ownsRoot || readOnly) return hooks;
  if (writes) overlaps.expects(agent.agentId, writes);
  return watchingWrites(hooks, (path) => {
    if (isInside(root, path)) overlaps.writes(root, [relativeTo(root, path).replace(/^[\\/]/, '')]);
  });
}

async function toolsOf(
  run: RunContext,
  task: SubagentTask,
  life: AgentLife,
  policy: PermissionPolicy,
): Promise<readonly Tool[]> {
  const { schema } = task.options;
  const ask = askModel(run, life, modelOf(run, task.options.model));
  const web = run.deps.webTools?.(ask, keeperOf(run, life.agentId)) ?? [];
  const own = [...run.deps.toolsFor(task.workspace.cwd, policy, whileQueued(run, life)), ...web];
  const all = [...own, ...(await mcpTools(run, task, life.signal)), ...runTools(run, task, life, runSubagent)];
  const chosen = [...chosenTools(run, task, all), ...(task.ownTools ?? [])];
  return schema
    ? [...chosen, createStructuredOutput({ schema, check: run.deps.schemaCheck, accept: task.accept })]
    : chosen;
}

/**
 * A server's word that a tool only reads is not enough for an agent that must not change anything, and what a judge
 * writes is for its own scratch copy alone.
 */
async function mcpTools(run: RunContext, task: SubagentTask, signal: AbortSignal): Promise<readonly Tool[]> {
  if (permitsOf(run, task).readOnly || judges(task)) return [];
  const { tools = task.type?.tools, disallowedTools } = task.options;
  return mcpToolsFor(run.mcp, { tools, disallowedTools, mcpServers: task.type?.mcpServers }, signal);
}

async function outcome(run: RunContext, task: SubagentTask, life: AgentLife, end: LoopEnd): Promise<SubagentEnd> {
  if (end.kind === 'done') return end;
  switch (end.cause) {
    case 'schema': {
      const repaired = await repairAnswer(run, task, life, end);
      if (repaired) return repaired;
      return { kind: 'threw', cause: 'schema', message: `${end.message}\n${whereItIs(life)}` };
    }
    case 'empty':
      return { kind: 'null', cause: 'api', message: end.message };
    case 'max-turns':
      return outOfTurns(run, task, life, end);
    case 'refused':
      return { kind: 'null', cause: end.cause, message: end.message };
    case 'api':
      if (end.failure.code === 'budget') return { kind: 'threw', cause: 'budget', message: end.failure.message };
      if (isFatal(end.failure)) run.halt({ kind: 'failed', message: end.failure.message });
      return { kind: 'null', cause: apiCause(end.failure.code), message: end.failure.message };
  }
}

/** Its last words may hold the answer that a schema asks for; those of a judge on its way to a verdict never count as one. */
async function outOfTurns(
  run: RunContext,
  task: SubagentTask,
  life: AgentLife,
  end: Extract<LoopEnd, { readonly cause: 'schema' | 'max-turns' }>,
): Promise<SubagentEnd> {
  const failed = (...more: readonly string[]): SubagentEnd => {
    return { kind: 'null', cause: 'max-turns', message: [end.message, ...more].join('\n') };
  };
  if (task.options.schema === undefined) return failed();
  if (rawAnswer(end.messages) === null) return failed('It had written nothing that its answer could be taken from.');
  const repaired = judges(task) ? null : await repairAnswer(run, task, life, end);
  return repaired ?? failed(whereItIs(life));
}

function whereItIs({ agentId }: AgentLife): string {
  return `All that it said is in the transcript of ${agentId}.`;
}

function apiCause(code: ModelErrorCode): NullCause {
  switch (code) {
    case 'too-long':
      return 'context';
    case 'quota':
    case 'stalled':
      return code;
    default:
      return 'api';
  }
}
