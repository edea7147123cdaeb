import * as vscode from 'vscode';
import type { ModelSource } from '../node/modelRecord.ts';
import { baseText, leftOutText } from '../projection/baseWords.ts';
import { forecastText } from '../projection/forecastWords.ts';
import { capsText, modelText } from '../projection/launchWords.ts';
import type { Forecast } from '../protocol/forecast.ts';
import type { LaunchOffer } from '../protocol/launchOffer.ts';
import { resolveModel } from '../protocol/models.ts';
import {
  ELASTIC_AGENTS,
  type BaseCommit,
  type Concurrency,
  type DirtyChoice,
  type PermissionMode,
  type RunCaps,
} from '../protocol/run.ts';
import type { RepositoryState } from '../workflow/worktrees.ts';
import type { CheckedScript } from '../workflow/script/check.ts';

export interface LaunchPlan {
  readonly script: CheckedScript;
  readonly cwd: string;
  readonly model: string;
  readonly source: ModelSource;
  readonly permissionMode: PermissionMode;
  readonly concurrency: Concurrency;
  readonly dirtyCheckout: DirtyChoice;
  readonly caps: RunCaps;
  /** Null: it could not be told in a moment. */
  readonly forecast: Forecast | null;
  /** What it starts besides its agents. */
  readonly extras: readonly string[];
}

/**
 * Says what the run will do, and resolves to what becomes of uncommitted files; null when the person does not want it, or
 * the folder cannot serve.
 */
export async function confirmLaunch(plan: LaunchPlan): Promise<DirtyChoice | null> {
  const [{ createGit }, { inspect }, { needsRepository }] = await Promise.all([
    import('../node/git.ts'),
    import('../node/gitPlace.ts'),
    import('../workflow/script/needsRepository.ts'),
  ]);
  const state = await inspect(createGit(process.env), plan.cwd);
  const { meta, body } = plan.script;
  if (state.kind !== 'ready' && needsRepository(body)) {
    void vscode.window.showErrorMessage(`${meta.name} cannot run here. ${state.message}`);
    return null;
  }
  const { dirtyCheckout } = plan;
  const isDirty = state.kind === 'ready' && state.base.dirtyFiles > 0;
  const chosen = await vscode.window.showInformationMessage(
    `Run ${meta.name}?`,
    { modal: true, detail: planText(plan, state) },
    'Run',
    ...(isDirty ? [OTHERWISE[dirtyCheckout]] : []),
  );
  if (chosen === undefined) return null;
  return chosen === 'Run' ? dirtyCheckout : dirtyCheckout === 'snapshot' ? 'leave-out' : 'snapshot';
}

function planText(plan: LaunchPlan, state: RepositoryState): string {
  const { meta } = plan.script;
  const concurrency = plan.concurrency === 'elastic' ? ELASTIC_AGENTS : plan.concurrency;
  return [
    meta.description,
    '',
    ...(meta.phases.length === 0 ? [] : [`Phases: ${meta.phases.map(({ title }) => title).join(' → ')}`]),
    `Folder: ${plan.cwd}`,
    ...(state.kind === 'ready' ? baseLines(state.base, plan.dirtyCheckout) : []),
    `Model: ${modelText({ model: resolveModel(plan.model), concurrency, ...placeOf(plan.source) })}`,
    `Permission mode: ${plan.permissionMode}`,
    `Caps: ${capsText({ caps: plan.caps, budgetWords: [] })}`,
    ...plan.extras,
    ...(plan.forecast ? [forecastText(plan.forecast)] : []),
  ].join('\n');
}

function placeOf(source: ModelSource): Pick<LaunchOffer, 'modelAt' | 'simulated'> {
  if (source.kind === 'simulate') return { simulated: true };
  return source.baseURL === undefined ? {} : { modelAt: new URL(source.baseURL).origin };
}

/** With what becomes of uncommitted files, and how to have it otherwise. */
function baseLines(base: BaseCommit, dirtyCheckout: DirtyChoice): readonly string[] {
  if (base.dirtyFiles === 0) return [`Base: ${baseText(base)}`];
  if (dirtyCheckout === 'leave-out')
    return [
      `Base: ${baseText(base)}; ${leftOutText(base)}`,
      `Agents in worktrees do not see them. Commit them first, or choose “${OTHERWISE['leave-out']}”.`,
    ];
  return [
    `Base: ${baseText({ ...base, snapshot: true })}`,
    'They become a commit below what the run makes; your checkout stays as it is.',
  ];
}

/** The button for what the setting does not say. */
const OTHERWISE = {
  'leave-out': 'Include Uncommitted Files',
  snapshot: 'Leave Uncommitted Files Out',
} as const satisfies Record<DirtyChoice, string>;
