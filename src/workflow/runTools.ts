import type { Tool } from '../engine/tool.ts';
import { createAgentTool } from './agentTool.ts';
import type { AgentLife } from './agentLife.ts';
import { createAskUserTool } from './askUserTool.ts';
import type { StartSubagent } from './childAgent.ts';
import type { RunContext } from './runContext.ts';
import { createSkillTool } from './skillTool.ts';
import type { SubagentTask } from './subagent.ts';

/** An agent of the script is at depth 0; those below this depth start no others (W26). */
const DEEPEST = 2;

/** Tools that reach beyond the agent itself, into its run. Judges are left alone with what they judge. */
export function runTools(run: RunContext, task: SubagentTask, life: AgentLife, start: StartSubagent): readonly Tool[] {
  const alone = judges(task);
  return [
    ...(alone || depthOf(task) >= DEEPEST ? [] : [createAgentTool(run, task, life, start)]),
    ...(alone ? [] : [createAskUserTool(run, life)]),
    ...([...run.kit.skills.values()].some(({ offered }) => offered) ? [createSkillTool(run)] : []),
  ];
}

export function judges({ role }: Pick<SubagentTask, 'role'>): boolean {
  return role === 'reviewer' || role === 'skeptic';
}

function depthOf(task: SubagentTask): number {
  return task.under ? depthOf(task.under.task) + 1 : 0;
}
