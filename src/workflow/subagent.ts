import type { Json } from '../protocol/json.ts';
import { dropOldToolOutputs } from '../engine/compaction.ts';
import type { Effort, ModelErrorCode } from '../engine/model.ts';
import { isFatal } from '../engine/model.ts';
import type { PermissionPolicy } from '../engine/permission.ts';
import type { Role } from '../engine/prompts.ts';
import { systemPrompt } from '../engine/prompts.ts';
import type { LoopEnd } from '../engine/queryLoop.ts';
import { queryLoop } from '../engine/queryLoop.ts';
import { createNudge, createStructuredOutput } from '../engine/structuredOutput.ts';
import type { Tool } from '../engine/tool.ts';
import type { ToolRouter } from '../engine/toolRouter.ts';
import { createToolRouter } from '../engine/toolRouter.ts';
import type { JsonSchema, Message } from '../protocol/conversation.ts';
import type { NullCause } from '../protocol/run.ts';
import type { AgentLife } from './agentLife.ts';
import { agentModel } from './agentModel.ts';
import { chosenModel } from './chosenModel.ts';
import { PLAIN_NAMES } from './modelNames.ts';
import { recordStep } from './recordStep.ts';
import { openConversation } from './openConversation.ts';
import { outputsOf } from './outputs.ts';
import { repairAnswer } from './repairAnswer.ts';
import type { RunContext } from './runContext.ts';

/** Where an agent works. */
export interface Workspace {
  /** Absolute, symlinks resolved. */
  readonly root: string;
  /** Where relative paths and commands begin: `root`, or a folder in it. */
  readonly cwd: string;
  /** A worktree that is this agent's alone. */
  readonly ownsRoot: boolean;
  readonly readOnly: boolean;
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
  readonly workspace: Workspace;
  readonly options: SubagentOptions;
  /** Of an agent that goes on after it had ended: its conversation so far. */
  readonly history?: readonly Message[];
  /** What is said to it. */
  readonly prompt: string;
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
  const policy = policyOf(run, task.workspace, life.agentId);
  const tools = toolsOf(run, task, policy);
  const router = routerFor(run, life, policy, tools);
  const start = await openConversation(run, task, life, { tools, router });
  run.open.appendTranscript(life.agentId, start.added);
  if (start.end) return outcome(run, task, life, start.end);
  const chosen = await chosenModel(run, task.options, life.signal);
  const loop = queryLoop(
    {
      ...chosen,
      tools: tools.map((tool) => tool.spec),
      system: systemPrompt(task.role),
      messages: start.messages,
      maxTokens: task.options.maxTokens ?? DEFAULT_MAX_TOKENS,
      maxTurns: task.options.maxTurns ?? DEFAULT_MAX_TURNS,
      ...(task.options.stallMs === undefined ? {} : { idleTimeoutMs: task.options.stallMs }),
      ...(start.partial ? { partial: start.partial } : {}),
      ...(task.options.schema === undefined ? {} : { nudge: createNudge() }),
    },
    {
      model: agentModel(run, life, task.role),
      tools: router,
      compact: dropOldToolOutputs((model) => (run.deps.names ?? PLAIN_NAMES).capabilities(model).contextWindow),
      heard: () => life.heard(),
    },
    life.signal,
  );
  for (;;) {
    const step = await loop.next();
    if (step.done) return outcome(run, task, life, step.value);
    recordStep(run, life.agentId, step.value);
  }
}

function policyOf(run: RunContext, { root, ownsRoot }: Workspace, agentId: string): PermissionPolicy {
  const outputs = outputsOf(run, agentId);
  return { mode: run.open.manifest.permissionMode, rules: run.rules, root, ownsRoot, outputs };
}

function routerFor(run: RunContext, life: AgentLife, policy: PermissionPolicy, tools: readonly Tool[]): ToolRouter {
  const { agentId } = life;
  return createToolRouter({
    tools,
    policy,
    clock: run.deps.clock,
    ask: (request, summary, signal) =>
      life.lending(run.deps.clock, signal, () => run.inbox.ask(agentId, request, summary, signal)),
    onTool: (event) => run.recorder.emit({ ...event, agentId }),
  });
}

function toolsOf(run: RunContext, task: SubagentTask, policy: PermissionPolicy): readonly Tool[] {
  const { tools, disallowedTools, schema } = task.options;
  const chosen = run.deps
    .toolsFor(task.workspace.cwd, policy)
    .filter((tool) => !task.workspace.readOnly || tool.readOnly)
    .filter((tool) => !tools || tools.includes(tool.spec.name))
    .filter((tool) => !disallowedTools?.includes(tool.spec.name));
  return schema ? [...chosen, createStructuredOutput({ schema, check: run.deps.schemaCheck })] : chosen;
}

async function outcome(run: RunContext, task: SubagentTask, life: AgentLife, end: LoopEnd): Promise<SubagentEnd> {
  if (end.kind === 'done') return end;
  switch (end.cause) {
    case 'schema': {
      const repaired = await repairAnswer(run, task, life, end);
      if (repaired) return repaired;
      const where = `All that it said is in the transcript of ${life.agentId}.`;
      return { kind: 'threw', cause: 'schema', message: `${end.message}\n${where}` };
    }
    case 'max-turns':
    case 'refused':
      return { kind: 'null', cause: end.cause, message: end.message };
    case 'api':
      if (end.failure.code === 'budget') return { kind: 'threw', cause: 'budget', message: end.failure.message };
      if (isFatal(end.failure)) run.halt({ kind: 'failed', message: end.failure.message });
      return { kind: 'null', cause: apiCause(end.failure.code), message: end.failure.message };
  }
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
