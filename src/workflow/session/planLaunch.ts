import { clip, count, headline } from '../../base/text.ts';
import type { PermissionRequest } from '../../engine/permission.ts';
import type { PreparedCall, ToolOutcome } from '../../engine/tool.ts';
import type { Forecast } from '../../protocol/forecast.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import { PLAIN_NAMES } from '../modelNames.ts';
import { placeOf } from '../place.ts';
import { moneyProblems } from '../runCaps.ts';
import type { LaunchResult } from '../runtime.ts';
import type { CheckedScript } from '../script/check.ts';
import { argsProblems, scriptArgs } from '../scriptArgs.ts';
import type { Allowance } from './allowance.ts';
import { offerOf } from './offerOf.ts';
import { forecastOf, launchOf, limitsOf, type Outline } from './runRequests.ts';
import type { SessionPlace } from './sessionPlace.ts';
import { watchRun } from './watchRun.ts';
import type { WorkflowInput } from './workflowDoor.ts';

/** Of the tool, and of the rules that allow its calls. */
export const WORKFLOW = 'Workflow';

/** With what the person's words leave for what this turn starts. */
export type WorkflowToolPlace = SessionPlace & { readonly allowance: Allowance };

/** A call that may be permitted and run, or what the model is told instead. */
export type Plan = PreparedCall | { readonly invalid: string };

/** What can be refused is, before a person is asked about the rest. */
export async function planLaunch(place: WorkflowToolPlace, given: WorkflowInput): Promise<Plan> {
  const { run, door, allowance } = place;
  const [caps, usedUp] = [allowance.left(), allowance.refusal()];
  if (usedUp !== null) return { invalid: notStarted([usedUp]) };
  const checked = await door.check({ ...sourceOf(given), cwd: run.cwd });
  if (!checked.ok) return { invalid: notStarted(checked.refusal.errors) };
  const { script } = checked;
  const args = scriptArgs(script.meta, given.args);
  const problems = argsProblems(run.deps.schemaCheck, script.meta, args);
  if (problems.length > 0) return { invalid: `Its arguments do not fit:\n${problems.join('\n')}` };
  const { names = PLAIN_NAMES } = run.deps;
  const model = names.idOf(place.state.settings.model ?? run.model);
  const unpriced = moneyProblems(caps, script.meta.phases, model);
  if (unpriced.length > 0) return { invalid: notStarted(unpriced) };
  const there = await placeOf(run.deps, script, run.cwd);
  if (!there.ok) return { invalid: notStarted(there.refusal.errors) };
  const outline = { ...sourceOf(given), args: given.args, caps };
  const [forecast, extras] = await Promise.all([forecastFor(place, outline), door.outlook.extras(run.cwd)]);
  const request = launchOf(place, outline, forecast);
  const offered = { script, title: given.title ?? '', base: there.base, budgetWords: allowance.words };
  return {
    summary: launchLine(request, given, script),
    permission: { ...permissionFor(given), launch: offerOf(place, { ...offered, request, forecast, extras }) },
    run: async () => {
      // What was agreed to is the text that was shown: a file may have changed while the person was reading.
      const now = await door.check({ ...sourceOf(given), cwd: run.cwd });
      if (!now.ok || now.script.source !== script.source) return CHANGED;
      const gone = allowance.refusal();
      if (gone !== null) return { kind: 'error', message: notStarted([gone]) };
      // Of what was left when it was planned, another run may have used some while the person was reading.
      return begun(place, given, await door.launch({ ...request, caps: { ...request.caps, ...allowance.left() } }));
    },
  };
}

/** Found out only where somebody reads it or something is limited by it; what a simulated model does costs nothing. */
async function forecastFor(place: WorkflowToolPlace, outline: Outline): Promise<Forecast | null> {
  const { run, door, attended } = place;
  const request = forecastOf(place, outline);
  const isLimited = request.caps?.outputTokens !== undefined || request.caps?.usd !== undefined;
  if ((!attended && isLimited) || run.open.manifest.modelSource.kind === 'simulated') return null;
  return door.outlook.forecast(request);
}

export function notStarted(errors: readonly string[]): string {
  return `The workflow was not started, and nothing was spent:\n${errors.join('\n')}`;
}

export const CHANGED: ToolOutcome = {
  kind: 'error',
  message:
    'The workflow was not started: its file has changed since the person was asked. Look at the file and call again.',
};

function sourceOf({ script, name, scriptPath }: WorkflowInput) {
  if (scriptPath !== undefined) return { scriptPath };
  return script === undefined ? { name: name ?? '' } : { script };
}

/**
 * A rule may allow a saved workflow by its name or file. A script that was written just now is asked for each time,
 * whatever it calls itself.
 */
export function permissionFor({ script, name, scriptPath }: WorkflowInput): PermissionRequest {
  const subject = scriptPath ?? (script === undefined ? (name ?? '') : 'a script written just now');
  return { tool: WORKFLOW, access: 'tool', subject };
}

/** What a person reads before it starts: what it is, its phases, what it may use and do. */
export function launchLine(request: LaunchRequest, given: WorkflowInput, { meta }: CheckedScript): string {
  const title = headline(given.title ?? meta.description, 100);
  const phases = meta.phases.map((phase) => phase.title);
  return [
    `${meta.name}${title === '' ? '' : `: ${title}`}`,
    ...(phases.length === 0 ? [] : [`${count(phases.length, 'phase')}: ${clip(phases.join(', '), 200)}`]),
    limitsOf(request),
    `permission mode ${request.permissionMode ?? 'default'}`,
  ].join(' · ');
}

export function begun(place: WorkflowToolPlace, given: WorkflowInput, launched: LaunchResult): ToolOutcome {
  if (launched.status === 'refused')
    return { kind: 'error', message: `The workflow was not started:\n${launched.errors.join('\n')}` };
  const { runId, workflowName, scriptPath, runDir, warnings } = launched;
  watchRun(place, launched, given.title ?? '', place.allowance);
  const told = { status: 'started', runId, workflowName, scriptPath, runDir, warnings };
  return { kind: 'ok', content: `${JSON.stringify(told)}\nIt runs in the background. ${WAIT}` };
}

const WAIT = 'You will be told when it has ended: do not wait for it, say what you have started and end your turn.';
