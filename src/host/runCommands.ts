import { join } from 'node:path';
import * as vscode from 'vscode';
import type { GraphPanels } from './graphPanel.ts';
import type { Launching } from './launching.ts';
import { openChange, openChanges } from './openChange.ts';
import { resumeWithPreview } from './resume.ts';
import { agentIdOf, type Handler, runIdOf, runOf } from './runArgument.ts';
import type { KnownRun } from './runHub.ts';
import type { Transcripts } from './transcripts.ts';

export interface RunViews {
  readonly graphs: GraphPanels;
  readonly transcripts: Transcripts;
}

/** What can be looked at of a run, and how one that has ended goes on; what is said to one under way is `runControl`. */
export function runCommands(deps: Launching, views: RunViews): Readonly<Record<string, Handler>> {
  const { hub } = deps;
  const withRun =
    (what: string, fits: (run: KnownRun) => boolean, act: (run: KnownRun) => unknown): Handler =>
    async (argument) => {
      const run = await runOf(hub, argument, what, fits);
      if (run) await act(run);
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
    saveWorkflow: withRun(
      'Save the script of',
      () => true,
      async (run) => (await import('./saveRun.ts')).saveRun(run, deps.places.workflows.personal),
    ),
    openTranscript: withAgent((runId, agentId) => views.transcripts.open(runId, agentId)),
    openChange: withAgent((runId, agentId) => openChange(hub, runId, agentId)),
    resumeRun: withRun(
      'Resume',
      ({ alive }) => !alive,
      ({ runId }) => resumeWithPreview(deps, runId),
    ),
  };
}

/** The script as the run keeps it, which is what ran, whatever has become of the file. */
async function openScript({ summary }: KnownRun): Promise<void> {
  const { RUN_FILES } = await import('../node/runFiles.ts');
  const uri = vscode.Uri.file(join(summary.dir, RUN_FILES.script));
  await vscode.window.showTextDocument(uri, { preview: true });
}
