import * as vscode from 'vscode';
import { count } from '../base/text.ts';
import type { ModelSource } from '../node/modelRecord.ts';
import { forecastText } from '../projection/forecastWords.ts';
import type { Forecast } from '../protocol/forecast.ts';
import { resolveModel } from '../protocol/models.ts';
import { ELASTIC_AGENTS, type BaseCommit, type Concurrency, type PermissionMode } from '../protocol/run.ts';
import type { RepositoryState } from '../workflow/worktrees.ts';
import type { CheckedScript } from '../workflow/script/check.ts';

export interface LaunchPlan {
  readonly script: CheckedScript;
  readonly cwd: string;
  readonly model: string;
  readonly source: ModelSource;
  readonly permissionMode: PermissionMode;
  readonly concurrency: Concurrency;
  /** Null: it could not be told in a moment. */
  readonly forecast: Forecast | null;
  /** What it starts besides its agents. */
  readonly extras: readonly string[];
}

/** Says what the run will do; false when the person does not want it, or the folder cannot serve. */
export async function confirmLaunch(plan: LaunchPlan): Promise<boolean> {
  const [{ createGit }, { inspect }, { needsRepository }] = await Promise.all([
    import('../node/git.ts'),
    import('../node/gitPlace.ts'),
    import('../workflow/script/needsRepository.ts'),
  ]);
  const state = await inspect(createGit(process.env), plan.cwd);
  const { meta, body } = plan.script;
  if (state.kind !== 'ready' && needsRepository(body)) {
    void vscode.window.showErrorMessage(`${meta.name} cannot run here. ${state.message}`);
    return false;
  }
  const chosen = await vscode.window.showInformationMessage(
    `Run ${meta.name}?`,
    { modal: true, detail: planText(plan, state) },
    'Run',
  );
  return chosen === 'Run';
}

function planText(plan: LaunchPlan, state: RepositoryState): string {
  const { meta } = plan.script;
  const model = resolveModel(plan.model);
  return [
    meta.description,
    '',
    ...(meta.phases.length === 0 ? [] : [`Phases: ${meta.phases.map(({ title }) => title).join(' → ')}`]),
    `Folder: ${plan.cwd}`,
    ...(state.kind === 'ready' ? [`Base: ${baseText(state.base)}`] : []),
    `Model: ${model}${whereText(plan.source)}, at most ${count(plan.concurrency === 'elastic' ? ELASTIC_AGENTS : plan.concurrency, 'agent')} at once`,
    `Permission mode: ${plan.permissionMode}`,
    ...plan.extras,
    ...(plan.forecast ? [forecastText(plan.forecast)] : []),
  ].join('\n');
}

function whereText(source: ModelSource): string {
  if (source.kind === 'simulate') return ', simulated';
  return source.baseURL === undefined ? '' : ` at ${new URL(source.baseURL).origin}`;
}

function baseText({ commit, branch, dirtyFiles }: BaseCommit): string {
  const at = commit.slice(0, 8);
  const where = branch === undefined ? `detached at ${at}` : `${branch} at ${at}`;
  if (dirtyFiles === 0) return where;
  return `${where}; ${count(dirtyFiles, 'file')} with uncommitted changes ${dirtyFiles === 1 ? 'is' : 'are'} left out`;
}
