import * as z from 'zod';
import { clip, count, headline } from '../../base/text.ts';
import { defineTool } from '../../engine/defineTool.ts';
import type { PermissionRequest } from '../../engine/permission.ts';
import type { PreparedCall, Tool, ToolOutcome } from '../../engine/tool.ts';
import { ELASTIC_AGENTS, type RunCaps } from '../../protocol/run.ts';
import { capLine } from '../capLine.ts';
import type { LaunchResult } from '../runtime.ts';
import type { CheckedScript } from '../script/check.ts';
import { argsProblems, scriptArgs } from '../scriptArgs.ts';
import { watchRun } from './watchRun.ts';
import type { SessionPlace } from './sessionPlace.ts';
import type { WorkflowInput } from './workflowDoor.ts';

const WORKFLOW = 'Workflow';
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

/** `caps`: those that the person's words set for what this turn starts. */
export type WorkflowToolPlace = SessionPlace & { readonly caps: RunCaps };

/** The session's way to workflows (W40): checked first, then permitted, then started; its end comes back as a turn. */
export function createWorkflowTool(place: WorkflowToolPlace): Tool {
  return defineTool({
    name: WORKFLOW,
    description: DESCRIPTION,
    readOnly: false,
    input,
    plan: (given) => (given.resumeFromRunId === undefined ? planLaunch(place, given) : planResume(place, given)),
  });
}

type Plan = PreparedCall | { readonly invalid: string };

async function planLaunch(place: WorkflowToolPlace, given: WorkflowInput): Promise<Plan> {
  const { run, door } = place;
  const checked = await door.check({ ...sourceOf(given), cwd: run.cwd });
  if (!checked.ok)
    return { invalid: `The workflow was not started, and nothing was spent:\n${checked.refusal.errors.join('\n')}` };
  const { script } = checked;
  const args = scriptArgs(script.meta, given.args);
  const problems = argsProblems(run.deps.schemaCheck, script.meta, args);
  if (problems.length > 0) return { invalid: `Its arguments do not fit:\n${problems.join('\n')}` };
  return {
    summary: launchLine(place, given, script),
    permission: permissionFor(given),
    run: async () => {
      const launched = await door.launch({
        ...sourceOf(given),
        ...(given.args === undefined ? {} : { args: given.args }),
        ...{
          cwd: run.cwd,
          model: place.state.settings.model ?? run.model,
          permissionMode: run.open.manifest.permissionMode,
        },
        ...{ caps: place.caps, attended: place.attended },
      });
      return begun(place, given, launched);
    },
  };
}

async function planResume(place: WorkflowToolPlace, given: WorkflowInput): Promise<Plan> {
  const { door } = place;
  const runId = given.resumeFromRunId ?? '';
  const words = await door.resumeWords(runId);
  if (words === null) return { invalid: `There is no run ${clip(runId, 80)} that could go on.` };
  const { scriptPath } = given;
  return {
    summary: `Go on with ${runId}: ${words}`,
    permission: { tool: WORKFLOW, access: 'tool', subject: `go on with ${runId}` },
    run: async () => {
      const edited = scriptPath === undefined ? {} : { scriptPath };
      return begun(place, given, await door.resume({ runId, ...edited, attended: place.attended }));
    },
  };
}

function sourceOf({ script, name, scriptPath }: WorkflowInput) {
  if (scriptPath !== undefined) return { scriptPath };
  return script === undefined ? { name: name ?? '' } : { script };
}

/**
 * A rule may allow a saved workflow by its name or file. A script that was written just now is asked for each time,
 * whatever it calls itself.
 */
function permissionFor({ script, name, scriptPath }: WorkflowInput): PermissionRequest {
  const subject = scriptPath ?? (script === undefined ? (name ?? '') : 'a script written just now');
  return { tool: WORKFLOW, access: 'tool', subject };
}

/** What a person reads before it starts: what it is, its phases, what it may use and do. */
function launchLine({ run, caps }: WorkflowToolPlace, given: WorkflowInput, { meta }: CheckedScript): string {
  const title = headline(given.title ?? meta.description, 100);
  const phases = meta.phases.map((phase) => phase.title);
  const limits = capLine(caps);
  return [
    `${meta.name}${title === '' ? '' : `: ${title}`}`,
    ...(phases.length === 0 ? [] : [`${count(phases.length, 'phase')}: ${clip(phases.join(', '), 200)}`]),
    limits === '' ? `no caps, up to ${ELASTIC_AGENTS} agents at once` : `at most ${limits}`,
    `permission mode ${run.open.manifest.permissionMode}`,
  ].join(' · ');
}

function begun(place: WorkflowToolPlace, given: WorkflowInput, launched: LaunchResult): ToolOutcome {
  if (launched.status === 'refused')
    return { kind: 'error', message: `The workflow was not started:\n${launched.errors.join('\n')}` };
  const { runId, workflowName, scriptPath, runDir, warnings } = launched;
  watchRun(place, launched, given.title ?? '');
  const told = { status: 'started', runId, workflowName, scriptPath, runDir, warnings };
  return { kind: 'ok', content: `${JSON.stringify(told)}\nIt runs in the background. ${WAIT}` };
}

const WAIT = 'You will be told when it has ended: do not wait for it, say what you have started and end your turn.';
