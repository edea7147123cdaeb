import * as vscode from 'vscode';
import type { RehearseRequest } from '../node/rehearsal/rehearse.ts';
import { setupText } from '../projection/baseWords.ts';
import type { Forecast } from '../protocol/forecast.ts';
import { safetyTokensFor } from '../workflow/rehearsal/safetyLimit.ts';
import type { CheckedScript, Diagnostic } from '../workflow/script/check.ts';
import { askArgs } from './askArgs.ts';
import { chooseFolder } from './chooseFolder.ts';
import { confirmLaunch } from './confirmLaunch.ts';
import { extrasOf } from './extrasOf.ts';
import { launch, type Launching } from './launching.ts';
import { permissionModeFor } from './ownPermissions.ts';
import { runChoices, settings } from './settings.ts';

interface WorkflowItem extends vscode.QuickPickItem {
  readonly path: string;
  readonly script: CheckedScript | null;
  readonly problem: Diagnostic | null;
}

/** From the palette to a run in the background: folder, workflow, arguments, confirmation. */
export async function runWorkflow(deps: Launching): Promise<void> {
  const cwd = await chooseFolder();
  if (cwd === null) return;
  const item = await vscode.window.showQuickPick(listWorkflows(deps, cwd), {
    title: 'Run Workflow',
    placeHolder: 'Which workflow?',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!item) return;
  if (!item.script) return showProblem(item);
  const source = await deps.models.source();
  if (source === null) return;
  const { meta } = item.script;
  const given = await askArgs(meta);
  if (given === null) return;
  const { model, concurrency } = settings();
  const permissionMode = await permissionModeFor(cwd);
  const request = { scriptPath: item.path, cwd, model, permissionMode, concurrency, ...given };
  const forecast = source.kind === 'simulate' ? null : await forecastOf(deps, request);
  const { setup } = settings().worktree;
  const extras = [...(await extrasOf(cwd)), ...(setup ? [setupText(setup)] : [])];
  const plan = {
    ...request,
    script: item.script,
    source,
    forecast,
    extras,
    dirtyCheckout: settings().dirtyCheckout,
    caps: runChoices().caps,
  };
  const dirtyCheckout = await confirmLaunch(plan);
  if (dirtyCheckout === null) return;
  if ((await launch(deps, source, { ...request, dirtyCheckout, ...limitBy(forecast) })) === null) return;
  vscode.window.setStatusBarMessage(`${meta.name} runs in the background.`, 5000);
}

function limitBy(forecast: Forecast | null): { readonly safetyTokens?: number | null } {
  const safetyTokens = safetyTokensFor(settings().safetyTokens, forecast);
  return safetyTokens === undefined ? {} : { safetyTokens };
}

/** What it is going to take, if that can be told in a moment (X08). */
async function forecastOf({ places }: Launching, request: RehearseRequest): Promise<Forecast | null> {
  const { forecastRun } = await import('../node/rehearsal/forecastRun.ts');
  const { home, workflows } = places;
  return forecastRun({ home, workflows, defaultModel: settings().model }, request);
}

async function listWorkflows({ places }: Launching, cwd: string): Promise<WorkflowItem[]> {
  const [{ listWorkflowFiles }, { checkScript }] = await Promise.all([
    import('../node/library.ts'),
    import('../workflow/script/checkScript.ts'),
  ]);
  const files = await listWorkflowFiles(cwd, places.workflows);
  const items = files.map(({ name, path, bytes, origin }): WorkflowItem => {
    const checked = checkScript(bytes, path);
    const description = ORIGINS[origin];
    if (checked.ok) {
      const icon = new vscode.ThemeIcon('type-hierarchy-sub');
      const { meta } = checked.script;
      return {
        label: name,
        description,
        detail: meta.description,
        iconPath: icon,
        path,
        script: checked.script,
        problem: null,
      };
    }
    const [problem = null] = checked.errors;
    const detail = problem ? `Cannot run. Line ${problem.line}: ${problem.message}` : 'Cannot run.';
    const icon = new vscode.ThemeIcon('warning', new vscode.ThemeColor('disabledForeground'));
    return { label: name, description, detail, iconPath: icon, path, script: null, problem };
  });
  return [...items.filter(({ script }) => script !== null), ...items.filter(({ script }) => script === null)];
}

const ORIGINS = { project: 'of this project', personal: 'your own', shipped: 'shipped', file: '' } as const;

async function showProblem({ label, path, problem }: WorkflowItem): Promise<void> {
  const line = Math.max(0, (problem?.line ?? 1) - 1);
  const column = Math.max(0, (problem?.column ?? 1) - 1);
  const at = new vscode.Position(line, column);
  await vscode.window.showTextDocument(vscode.Uri.file(path), { selection: new vscode.Range(at, at) });
  void vscode.window.showErrorMessage(
    `${label} cannot run. Line ${line + 1}: ${problem?.message ?? 'it has an error.'}`,
  );
}
