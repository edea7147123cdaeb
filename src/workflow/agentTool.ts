import * as z from 'zod';
import { clip, headline } from '../base/text.ts';
import { defineTool } from '../engine/defineTool.ts';
import type { Tool } from '../engine/tool.ts';
import type { AgentLife } from './agentLife.ts';
import { GENERAL_PURPOSE } from './agentTypes.ts';
import { childAgent, type StartSubagent } from './childAgent.ts';
import { namedCall } from './namedCall.ts';
import type { RunContext } from './runContext.ts';
import type { SubagentTask } from './subagent.ts';

const AGENT = 'Agent';
const DESCRIPTION_CHARS = 200;
const LIST_CHARS = 8_000;

const input = z.strictObject({
  prompt: z.string().trim().min(1).max(100_000).describe('The whole task: it sees nothing of your conversation.'),
  agentType: z.string().min(1).optional().describe(`Which kind of agent. Default ${GENERAL_PURPOSE.name}.`),
  description: z.string().optional().describe('The task in a few words, for the person who watches.'),
});

const NEEDS_WORKTREE =
  'Agents of this type work in a worktree of their own, which only the workflow script can give them. Do it without one, or say that you could not.';

/** One agent started by another, which waits for its answer (W26). */
export function createAgentTool(run: RunContext, task: SubagentTask, life: AgentLife, start: StartSubagent): Tool {
  return defineTool({
    name: AGENT,
    description: `Starts another agent in your working directory, waits for it and gives you its answer. It may do what you may, and no more. Use it for a part of your task that would fill your context with what you do not need, such as a search through many files. One runs at a time. Its kinds, as their files describe them:\n${typeList(run)}`,
    // Not side by side: all of them work in the one place among agents that the first has.
    readOnly: false,
    input,
    plan: async ({ prompt, agentType = GENERAL_PURPOSE.name, description = prompt }) => {
      const type = run.kit.types.get(agentType);
      if (!type) return { invalid: run.kit.types.unknown(clip(agentType, 80)) };
      // It would work where you do: in the person's own files, against what its type says (W27).
      if (type.isolation !== undefined && !task.workspace.ownsRoot) return { invalid: NEEDS_WORKTREE };
      const { denied, ...asked } = namedCall(run, AGENT, agentType);
      if (denied !== undefined) return { invalid: `Permission denied: the rule ${denied} forbids this agent.` };
      const label = headline(description, 60);
      return {
        summary: `${agentType}: ${label}`,
        ...asked,
        run: (signal) => childAgent(run, { type, prompt, label, task, parent: life }, signal, start),
      };
    },
  });
}

/** The same for all agents of a run, so that the prompt cache holds. */
function typeList({ kit }: RunContext): string {
  let chars = 0;
  return kit.types.all
    .map(({ name, description }) => `- ${name}: ${clip(description, DESCRIPTION_CHARS)}`)
    .filter((line) => (chars += line.length + 1) <= LIST_CHARS)
    .join('\n');
}
