import * as z from 'zod';
import { defineTool } from '../../engine/defineTool.ts';
import type { Tool } from '../../engine/tool.ts';
import { planLaunch, WORKFLOW, type WorkflowToolPlace } from './planLaunch.ts';
import { planResume } from './planResume.ts';
import type { WorkflowInput } from './workflowDoor.ts';

const SCRIPT_CHARS = 512 * 1024;

const input: z.ZodType<WorkflowInput> = z
  .strictObject({
    script: z.string().min(1).max(SCRIPT_CHARS).optional().describe('The text of a workflow script.'),
    name: z.string().min(1).max(200).optional().describe('A saved or shipped workflow.'),
    scriptPath: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .describe('A script file; wins over `script`, which wins over `name`.'),
    args: z.json().optional().describe('What the script gets as `args`.'),
    resumeFromRunId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Goes on with that run: finished calls come from its journal. Runs its stored script, unless `scriptPath` names an edited one.',
      ),
    title: z.string().max(200).optional().describe('What this run is for, for the person who watches.'),
    description: z.string().max(1_000).optional(),
  })
  .refine(({ script, name, scriptPath, resumeFromRunId }) => script ?? name ?? scriptPath ?? resumeFromRunId, {
    message: 'give one of script, name, scriptPath and resumeFromRunId',
  });

const DESCRIPTION = [
  'Starts a workflow in the background and answers at once with its run id. When it has ended you are told its result.',
  'Use it for a task that falls into many parts which do not depend on each other, that has to be done for every one of a list, or that somebody else has to check. Not for one simple fix, for work of which each step needs the one before, or under a tight budget: do that yourself.',
  'Before you write a script, load the skill `workflow-authoring`. A script with errors is not started: mend what the answer names and call again.',
].join('\n');

/** The session's way to workflows (W40): checked first, then permitted, then started; its end comes back as a turn. */
export function createWorkflowTool(place: WorkflowToolPlace): Tool {
  return defineTool({
    name: WORKFLOW,
    description: DESCRIPTION,
    readOnly: false,
    input,
    plan: (given) =>
      given.resumeFromRunId === undefined ? planLaunch(place, given) : planResume(place, given, given.resumeFromRunId),
  });
}
