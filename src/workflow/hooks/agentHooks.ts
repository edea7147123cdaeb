import { STRUCTURED_OUTPUT } from '../../engine/structuredOutput.ts';
import type { PreparedCall } from '../../engine/tool.ts';
import type { ToolCall } from '../../protocol/conversation.ts';
import { clip } from '../../base/text.ts';
import { addedNote, type ToolHooks } from '../../engine/hooks/toolHooks.ts';
import type { AgentLife } from '../agentLife.ts';
import type { RunContext } from '../runContext.ts';
import type { SubagentTask } from '../subagent.ts';
import type { RunHooks } from './runHooks.ts';

/** Of whom hooks are told. */
export interface HookedAgent {
  readonly hooks: RunHooks;
  readonly agentId: string;
  /** As scripts and matchers name it: `general-purpose`, or a type of the person's own. */
  readonly agentType: string;
  /** Where it works. */
  readonly cwd: string;
  /** It talks with a person and is nobody's subagent. */
  readonly isSession?: true;
}

export function hookedAgent(
  { hooks }: Pick<RunContext, 'hooks'>,
  { role, workspace, type }: SubagentTask,
  agentId: string,
): HookedAgent {
  const agentType = role === 'agent' ? (type?.name ?? 'general-purpose') : role;
  return { hooks, agentId, agentType, cwd: workspace.cwd, ...(role === 'session' ? { isSession: true } : {}) };
}

/** Characters of a tool's answer that hooks are given. */
const MAX_RESPONSE = 100_000;

function about({ agentId, agentType, cwd }: HookedAgent): Readonly<Record<string, unknown>> {
  return { agent_id: agentId, agent_type: agentType, cwd };
}

/** PreToolUse and PostToolUse of one agent; undefined where there are none, so that its calls cost nothing more. */
export function toolHooksOf(agent: HookedAgent): ToolHooks | undefined {
  const { hooks } = agent;
  if (!hooks.has('PreToolUse') && !hooks.has('PostToolUse')) return undefined;
  return {
    before: async (call, prepared, signal) => {
      // Handing the answer in is no action, and an agent that may not do it can never end.
      if (call.name === STRUCTURED_OUTPUT) return { notes: [] };
      const verdict = await hooks.fire('PreToolUse', call.name, { ...about(agent), ...told(call, prepared) }, signal);
      const { contexts, input, ...decided } = verdict;
      const changed = input === undefined ? {} : { input: withoutAddedPath(input, call, prepared) };
      return { ...decided, ...changed, notes: contexts };
    },
    after: async (call, prepared, outcome, signal) => {
      if (outcome.kind !== 'ok' || call.name === STRUCTURED_OUTPUT) return { notes: [] };
      const response = { tool_response: { content: clip(outcome.content, MAX_RESPONSE) } };
      const event = { ...about(agent), ...told(call, prepared), ...response };
      const { contexts, block } = await hooks.fire('PostToolUse', call.name, event, signal);
      return { notes: block === undefined ? contexts : [block, ...contexts] };
    },
  };
}

/** What an agent is asked, with what SubagentStart adds to it; one that goes on has been started before. */
export async function withStartNotes(
  agent: HookedAgent,
  { prompt, history }: Pick<SubagentTask, 'prompt' | 'history'>,
  { goesOn, signal }: Pick<AgentLife, 'goesOn' | 'signal'>,
): Promise<string> {
  if (history || goesOn || agent.isSession) return prompt;
  const { contexts } = await agent.hooks.fire('SubagentStart', agent.agentType, about(agent), signal);
  return [prompt, ...contexts.map(addedNote)].join('\n\n');
}

export interface Stopping {
  /** `Stop` for the session, `SubagentStop` for the agents of a run. */
  readonly event: 'Stop' | 'SubagentStop';
  readonly lastMessage: string;
  /** It goes on already because a hook wanted it. */
  readonly again: boolean;
}

/** SubagentStop, Stop: why the agent is not to end yet, or null. */
export async function keptFromStopping(
  agent: HookedAgent,
  { event, lastMessage, again }: Stopping,
  signal: AbortSignal,
): Promise<string | null> {
  const said = {
    stop_hook_active: again,
    last_assistant_message: clip(lastMessage, MAX_RESPONSE),
  };
  const { block } = await agent.hooks.fire(event, agent.agentType, { ...about(agent), ...said }, signal);
  return block ?? null;
}

function told(call: ToolCall, prepared: PreparedCall): Readonly<Record<string, unknown>> {
  return { tool_name: call.name, tool_input: toolInput(call, prepared), tool_use_id: call.id };
}

/** As the model wrote it, with `file_path` beside where a file is meant: the name by which people's hooks look for it. */
function toolInput(call: ToolCall, prepared: PreparedCall): unknown {
  const path = pathOf(prepared);
  const { input } = call;
  if (path === null || typeof input !== 'object' || input === null || 'file_path' in input) return input;
  return { ...input, file_path: path };
}

function pathOf({ permission }: PreparedCall): string | null {
  return permission?.access === 'read' || permission?.access === 'write' ? permission.subject : null;
}

/** A hook hands back what it was given, changed; the tool itself does not know the name that was added. */
function withoutAddedPath(
  input: Readonly<Record<string, unknown>>,
  { input: given }: ToolCall,
  prepared: PreparedCall,
): unknown {
  const added = typeof given === 'object' && given !== null && !('file_path' in given) && pathOf(prepared) !== null;
  if (!added) return input;
  const { file_path: _added, ...rest } = input;
  return rest;
}
