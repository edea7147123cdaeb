import * as vscode from 'vscode';
import { launch, type Launching } from './launching.ts';
import { settings } from './settings.ts';

/** The main job on a copy of the sample project, by a simulated model: nothing of the person's is read or spent. */
export async function tryDemo(deps: Launching): Promise<void> {
  const [{ createGit }, { copySampleProject }] = await Promise.all([
    import('../node/git.ts'),
    import('../node/sampleProject.ts'),
  ]);
  const copied = await copySampleProject(deps.places.sampleProject, createGit(process.env));
  if (copied.kind === 'no-git') {
    void vscode.window.showErrorMessage(copied.message);
    return;
  }
  const { model, concurrency } = settings();
  // What the person has set up for their own project does not fit this one.
  const request = { name: 'fix-failing-tests', cwd: copied.folder, model, concurrency, worktree: {} };
  const runId = await launch(deps, { kind: 'simulate', latency: 'visible' }, request);
  if (runId === null) return;
  await vscode.commands.executeCommand('dynamicWorkflows.runs.focus');
  await vscode.commands.executeCommand('dynamicWorkflows.openGraph', runId);
}
