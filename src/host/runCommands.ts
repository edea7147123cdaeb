import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { formatUsd } from '../projection/cost.ts';
import type { GraphPanels } from './graphPanel.ts';
import type { Launching } from './launching.ts';
import { openChange, openChanges } from './openChange.ts';
import { resumeWithPreview } from './resume.ts';
import type { KnownRun } from './runHub.ts';
import type { Transcripts } from './transcripts.ts';

export interface RunViews {
  readonly graphs: GraphPanels;
  readonly transcripts: Transcripts;
}

type Handler = (argument: unknown) => Promise<unknown>;

/** What can be done with a run. The argument is a row of the list, a run's id, or nothing: then the person picks one. */
export function runCommands(deps: Launching, views: RunViews): Readonly<Record<string, Handler>> {
  const { hub } = deps;
  const withRun =
    (what: string, fits: (run: KnownRun) => boolean, act: (run: KnownRun) => unknown): Handler =>
    async (argument) => {
      const runId = runIdOf(argument) ?? (await pickRun(deps, what, fits));
      if (runId === null) return;
      // One that another process has just begun is not in the list yet.
      if (!hub.get(runId)) await hub.look();
      const run = hub.get(runId);
      if (run) await act(run);
      else void vscode.window.showErrorMessage(`There is no run ${runId}.`);
    };
  const withAgent =
    (act: (runId: string, agentId: string) => Promise<unknown>): Handler =>
    async (argument) => {
      const [runId, agentId] = [runIdOf(argument), agentIdOf(argument)];
      if (runId !== null && agentId !== null) await act(runId, agentId);
    };
  return {
    openGraph: withRun(
      'Open the graph of',
      () => true,
      ({ runId }) => views.graphs.open(runId),
    ),
    openChanges: withRun(
      'Open changes of',
      () => true,
      ({ runId }) => openChanges(hub, runId),
    ),
    openScript: withRun('Open the script of', () => true, openScript),
    openTranscript: withAgent((runId, agentId) => views.transcripts.open(runId, agentId)),
    openChange: withAgent((runId, agentId) => openChange(hub, runId, agentId)),
    stopRun: withRun('Stop', ({ alive }) => alive, stop),
    resumeRun: withRun(
      'Resume',
      ({ alive }) => !alive,
      ({ runId }) => resumeWithPreview(deps, runId),
    ),
  };
}

async function pickRun({ hub }: Launching, what: string, fits: (run: KnownRun) => boolean): Promise<string | null> {
  await hub.look();
  const runs = hub.runs().filter(fits);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('There is no such run here. Start one with “Workflows: Run Workflow”.');
    return null;
  }
  const items = runs.map(({ runId, summary, status }) => ({
    runId,
    label: summary.workflowName,
    description: [status, ...(summary.usage ? [formatUsd(summary.usage.usd)] : [])].join(' · '),
    detail: `${new Date(summary.createdAt).toLocaleString()}, in ${summary.cwd}`,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: `${what} which run?` });
  return picked?.runId ?? null;
}

/** The script as the run keeps it, which is what ran, whatever has become of the file. */
async function openScript({ summary }: KnownRun): Promise<void> {
  const { RUN_FILES } = await import('../node/runFiles.ts');
  const uri = vscode.Uri.file(join(summary.dir, RUN_FILES.script));
  await vscode.window.showTextDocument(uri, { preview: true });
}

function stop({ runId, summary, engine, alive }: KnownRun): void {
  if (engine) {
    engine.dispatch({ type: 'run.stop', runId, commandId: randomUUID() });
    return;
  }
  const message = alive
    ? `${summary.workflowName} runs in another window or terminal (process ${summary.pid ?? 'unknown'}). Stop it there.`
    : `${summary.workflowName} does not run.`;
  void vscode.window.showInformationMessage(message);
}

function runIdOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  return member(argument, 'runId');
}

function agentIdOf(argument: unknown): string | null {
  return member(argument, 'agentId');
}

function member(argument: unknown, name: string): string | null {
  if (typeof argument !== 'object' || argument === null || !(name in argument)) return null;
  const value: unknown = Object.entries(argument).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : null;
}
