import { clip } from '../../base/text.ts';
import type { ToolOutcome } from '../../engine/tool.ts';
import type { LaunchRequest } from '../../protocol/messages.ts';
import type { AgentCaps } from '../../protocol/run.ts';
import { keptBase, placeOf } from '../place.ts';
import { moneyProblems, resumedCaps } from '../runCaps.ts';
import type { ResumeRequest } from '../runtime.ts';
import { argsProblems } from '../scriptArgs.ts';
import { offerOf } from './offerOf.ts';
import {
  begun,
  CHANGED,
  launchLine,
  notStarted,
  permissionFor,
  WORKFLOW,
  type Plan,
  type WorkflowToolPlace,
} from './planLaunch.ts';
import { resumeOf } from './runRequests.ts';
import type { Resumable, WorkflowInput } from './workflowDoor.ts';

/** Goes on with a run. One with an edited script is asked for as that script is when it is launched. */
export async function planResume(place: WorkflowToolPlace, given: WorkflowInput, runId: string): Promise<Plan> {
  const resumable = await place.door.resumable(runId);
  if (resumable === null) return { invalid: `There is no run ${clip(runId, 80)} that could go on.` };
  const usedUp = refusalOf(place, runId);
  if (usedUp !== null) return { invalid: notStarted([usedUp]) };
  const { scriptPath } = given;
  if (scriptPath !== undefined) return planEdited(place, { ...given, scriptPath }, runId, resumable);
  return {
    summary: `Go on with ${runId}: ${resumable.words}`,
    permission: { tool: WORKFLOW, access: 'tool', subject: `go on with ${runId}` },
    run: () => goOn(place, given, { runId }, resumable),
  };
}

/** Within what is left by now: while a person was asked, other runs may have used some of it. */
async function goOn(
  place: WorkflowToolPlace,
  given: WorkflowInput,
  which: Pick<ResumeRequest, 'runId' | 'scriptPath'>,
  resumable: Resumable,
): Promise<ToolOutcome> {
  const gone = refusalOf(place, which.runId);
  if (gone !== null) return { kind: 'error', message: notStarted([gone]) };
  const caps = capsOf(place, which.runId, resumable);
  return begun(place, given, await place.door.resume(resumeOf(place, which, caps)));
}

async function planEdited(
  place: WorkflowToolPlace,
  given: WorkflowInput & { readonly scriptPath: string },
  runId: string,
  resumable: Resumable,
): Promise<Plan> {
  const { run, door, attended, allowance } = place;
  const checked = await door.check({ scriptPath: given.scriptPath, cwd: run.cwd });
  if (!checked.ok) return { invalid: notStarted(checked.refusal.errors) };
  const { script, path: scriptPath } = checked;
  const { words, keeps } = resumable;
  const { args, hasArgs, base, baseCommit, ...terms } = keeps;
  const caps = resumedCaps(terms.caps, capsOf(place, runId, resumable));
  const problems = [
    ...argsProblems(run.deps.schemaCheck, script.meta, hasArgs ? args : undefined),
    ...moneyProblems(caps, script.meta.phases, terms.model),
  ];
  if (problems.length > 0) return { invalid: notStarted(problems) };
  const there = await placeOf(run.deps, script, terms.cwd);
  if (!there.ok) return { invalid: notStarted(there.refusal.errors) };
  const going: LaunchRequest = { ...terms, scriptPath, caps, ...(hasArgs ? { args } : {}) };
  const [forecast, extras] = await Promise.all([
    attended && run.open.manifest.modelSource.kind !== 'simulated' ? door.outlook.forecast(going) : null,
    door.outlook.extras(terms.cwd),
  ]);
  const offered = {
    script,
    title: given.title ?? '',
    base: keptBase(there.base, { baseCommit, ...(base && { base }) }),
  };
  const launch = offerOf(place, { ...offered, budgetWords: allowance.words, request: going, forecast, extras });
  return {
    summary: `Go on with ${runId}: ${words} · ${launchLine(going, given, script)}`,
    permission: { ...permissionFor(given), launch: { ...launch, goesOn: { runId, journal: words } } },
    run: async () => {
      const now = await door.check({ scriptPath, cwd: run.cwd });
      if (!now.ok || now.script.source !== script.source) return CHANGED;
      // By the path that was found: the run may have been started in another folder.
      return goOn(place, given, { runId, scriptPath }, resumable);
    },
  };
}

function refusalOf({ state, allowance }: WorkflowToolPlace, runId: string): string | null {
  return state.allowanceFor(runId, allowance).refusal(runId);
}

function capsOf({ allowance, state }: WorkflowToolPlace, runId: string, { keeps }: Resumable): AgentCaps {
  return state.capsToGoOn(runId, keeps.caps, allowance);
}
