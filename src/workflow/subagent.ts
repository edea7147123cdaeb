import type { Json } from '../protocol/json.ts';
import { dropOldToolOutputs } from '../engine/compaction.ts';
import type { Effort } from '../engine/model.ts';
import { isFatal } from '../engine/model.ts';
import type { PermissionPolicy } from '../engine/permission.ts';
import type { Role } from '../engine/prompts.ts';
import { systemPrompt } from '../engine/prompts.ts';
import type { LoopEnd, LoopEvent } from '../engine/queryLoop.ts';
import { queryLoop } from '../engine/queryLoop.ts';
import { createStructuredOutput, NUDGE } from '../engine/structuredOutput.ts';
import type { Tool } from '../engine/tool.ts';
import type { ToolRouter } from '../engine/toolRouter.ts';
import { createToolRouter } from '../engine/toolRouter.ts';
import type { JsonSchema, Message } from '../protocol/conversation.ts';
import { textOf, userText } from '../protocol/conversation.ts';
import { contextWindowOf, resolveModel } from '../protocol/models.ts';
import type { NullCause } from '../protocol/run.ts';
import { clip } from '../base/text.ts';
import { budgeted } from './budgetedModel.ts';
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
  readonly tools?: readonly string[] | undefined;
  readonly disallowedTools?: readonly string[] | undefined;
}

export interface SubagentTask {
  readonly agentId: string;
  readonly role: Role;
  readonly workspace: Workspace;
  readonly options: SubagentOptions;
  /** Of an agent that goes on after it had ended: its conversation so far. */
  readonly history?: readonly Message[];
  /** What is said to it. */
  readonly prompt: string;
}

export type SubagentEnd =
  | { readonly kind: 'done'; readonly text: string; readonly value?: Json; readonly messages: readonly Message[] }
  | { readonly kind: 'null'; readonly cause: NullCause; readonly message: string }
  /** The answer never fitted its schema (W21), or the run's cap left nothing for it (W35). */
  | { readonly kind: 'threw'; readonly cause: 'schema' | 'budget'; readonly message: string };

const DEFAULT_MAX_TURNS = 100;
const DEFAULT_MAX_TOKENS = 32_000;
const REPLY_HEAD = 400;

/** Runs one agent's loop to its end. Throws AbortError on abort; a fatal model error halts the run. */
export async function runSubagent(run: RunContext, task: SubagentTask, signal: AbortSignal): Promise<SubagentEnd> {
  const first = userText(task.history ? task.prompt : openingMessage(task));
  run.open.appendTranscript(task.agentId, [first]);
  const policy = policyOf(run, task.workspace);
  const tools = toolsOf(run, task, policy);
  const loop = queryLoop(
    {
      tools: tools.map((tool) => tool.spec),
      system: systemPrompt(task.role),
      model: modelOf(run, task.options.model),
      messages: [...(task.history ?? []), first],
      maxTokens: task.options.maxTokens ?? DEFAULT_MAX_TOKENS,
      maxTurns: task.options.maxTurns ?? DEFAULT_MAX_TURNS,
      ...(task.options.effort === undefined ? {} : { effort: task.options.effort }),
      ...(task.options.schema === undefined ? {} : { nudge: NUDGE }),
    },
    {
      model: run.deps.modelFor(
        (wait) => run.recorder.emit({ type: 'agent.retried', agentId: task.agentId, ...wait }),
        (model) => budgeted(model, run.budget, task.role),
      ),
      tools: routerFor(run, task.agentId, policy, tools),
      compact: dropOldToolOutputs(contextWindowOf),
    },
    signal,
  );
  for (;;) {
    const step = await loop.next();
    if (step.done) return outcome(run, step.value);
    record(run, task.agentId, step.value);
  }
}

/** The id that is sent for `model` as a script wrote it; `inherit` and nothing mean the run's (W25). */
export function modelOf(run: RunContext, model: string | undefined): string {
  return model === undefined || model === 'inherit' ? run.model : resolveModel(model);
}

/** What varies from agent to agent stands in the first message, after the prefix that all of a role share. */
function openingMessage(task: SubagentTask): string {
  const place = task.workspace.ownsRoot
    ? `Your working directory is ${task.workspace.cwd}, a git worktree of your own. You may write there and nowhere else.`
    : `Your working directory is ${task.workspace.cwd}.`;
  return `${place}\n\n${task.prompt}`;
}

function policyOf(run: RunContext, { root, ownsRoot }: Workspace): PermissionPolicy {
  return { mode: run.open.manifest.permissionMode, rules: run.rules, root, ownsRoot };
}

function routerFor(run: RunContext, agentId: string, policy: PermissionPolicy, tools: readonly Tool[]): ToolRouter {
  return createToolRouter({
    tools,
    policy,
    clock: run.deps.clock,
    ask: (request, summary, signal) => run.inbox.ask(agentId, request, summary, signal),
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

function record(run: RunContext, agentId: string, event: LoopEvent): void {
  switch (event.type) {
    case 'replied':
      run.recorder.emit({
        type: 'agent.replied',
        agentId,
        model: event.reply.model,
        usage: event.reply.usage,
        text: clip(textOf(event.reply.message), REPLY_HEAD),
      });
      return;
    case 'message':
      run.open.appendTranscript(agentId, [event.message]);
      return;
    case 'compacted':
      run.recorder.emit({
        type: 'logged',
        level: 'info',
        message: `${agentId}: dropped ${event.freedChars} characters of old tool output`,
      });
  }
}

function outcome(run: RunContext, end: LoopEnd): SubagentEnd {
  if (end.kind === 'done') return end;
  switch (end.cause) {
    case 'schema':
      return { kind: 'threw', cause: 'schema', message: end.message };
    case 'max-turns':
    case 'refused':
      return { kind: 'null', cause: end.cause, message: end.message };
    case 'api':
      if (end.failure.code === 'budget') return { kind: 'threw', cause: 'budget', message: end.failure.message };
      if (isFatal(end.failure)) run.halt({ kind: 'failed', message: end.failure.message });
      return { kind: 'null', cause: apiCause(end.failure.code), message: end.failure.message };
  }
}

function apiCause(code: string): NullCause {
  if (code === 'too-long') return 'context';
  return code === 'quota' ? 'quota' : 'api';
}
