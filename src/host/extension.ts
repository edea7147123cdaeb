import * as vscode from 'vscode';
import { isAbort } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import { applyCommands, recoverAtStart } from './applyCommands.ts';
import { registerChangeContent } from './changeContent.ts';
import { nothingToAnswer } from './nothingToAnswer.ts';
import { editorIntelligence } from './editorIntelligence.ts';
import { EngineHost } from './engineHost.ts';
import { GraphPanels } from './graphPanel.ts';
import { InboxPrompts } from './inboxPrompts.ts';
import { createEditorModel } from './languageModel.ts';
import type { Launching } from './launching.ts';
import { ModelAccess } from './modelAccess.ts';
import { notifyEnds } from './notifications.ts';
import { ownPermissions } from './ownPermissions.ts';
import { editorRipgrep, openFolders, placesOf } from './places.ts';
import { offerResume } from './resumeOffer.ts';
import { pruneAtStart } from './pruneAtStart.ts';
import { ReviewComments } from './reviewComments.ts';
import { runCommands } from './runCommands.ts';
import { runControl } from './runControl.ts';
import { RunHub } from './runHub.ts';
import { RunTree } from './runTree.ts';
import { runWorkflow } from './runWorkflow.ts';
import { sessionParts } from './session/sessionParts.ts';
import { sandboxSettings, settings } from './settings.ts';
import { StartedRuns } from './startedRuns.ts';
import { StatusBar } from './statusBar.ts';
import { Transcripts } from './transcripts.ts';
import { tryDemo } from './tryDemo.ts';

/** The editor hands `deactivate` nothing, and waits for nothing but its promise. */
let close: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Dynamic Workflows', { log: true });
  const launching = compose(context);
  const { hub, models, engines } = launching;
  const inbox = new InboxPrompts(hub);
  const views = { graphs: new GraphPanels(hub, launching.places), transcripts: new Transcripts(hub) };
  const session = sessionParts(launching, context.workspaceState);
  const handlers: Readonly<Record<string, (argument: unknown) => unknown>> = {
    ...runCommands(launching, views),
    ...runControl(hub),
    ...applyCommands(hub, launching.places.home),
    ...session.handlers,
    run: () => runWorkflow(launching),
    tryDemo: () => tryDemo(launching),
    setApiKey: () => models.setKey(),
    removeApiKey: () => models.removeKey(),
    answerRequests: async () => {
      if (!inbox.showOpen()) void vscode.window.showInformationMessage(await nothingToAnswer(hub));
    },
    showRuns: () => vscode.commands.executeCommand('dynamicWorkflows.runs.focus'),
    openSettings: () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:' + context.extension.id),
    about: () => showAbout(context.extension),
  };
  context.subscriptions.push(
    log,
    hub,
    inbox,
    views.graphs,
    views.transcripts,
    ...session.owned,
    ...Object.entries(handlers).map(([name, handle]) => register(name, handle, log)),
    ...runList(hub),
    new StatusBar(hub),
    new ReviewComments(hub),
    registerChangeContent(),
    notifyEnds(hub),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void hub.look()),
  );
  const ending = new AbortController();
  close = async () => {
    ending.abort();
    await engines.close();
  };
  // The editor waits for what is above; disks are looked at afterwards.
  setImmediate(() => {
    if (!ending.signal.aborted) lookAtDisks(launching, session.tookUp, ending.signal, log);
  });
}

export async function deactivate(): Promise<void> {
  await close?.();
}

function lookAtDisks(
  launching: Launching,
  tookUp: (runIds: readonly string[]) => Promise<void>,
  ending: AbortSignal,
  log: vscode.LogOutputChannel,
): void {
  const { home } = launching.places;
  launching.hub.start();
  recoverAtStart(home).catch((error: unknown) => tell(error, log));
  pruneAtStart(home, log).catch((error: unknown) => log.error(error instanceof Error ? error : String(error)));
  offerResume(launching, ending)
    .then(tookUp)
    .catch((error: unknown) => {
      if (!isAbort(error)) tell(error, log);
    });
}

function compose(context: vscode.ExtensionContext): Launching {
  const places = placesOf(context.extensionUri);
  const started = new StartedRuns(context.workspaceState);
  return {
    places,
    started,
    models: new ModelAccess(context.secrets),
    hub: new RunHub({ home: places.home, folders: openFolders, dirs: () => started.all().map(({ dir }) => dir) }),
    engines: new EngineHost(() => ({
      home: places.home,
      workflows: places.workflows,
      environment: process.env,
      packageRoot: places.root,
      defaultModel: settings().model,
      ripgrep: editorRipgrep(),
      permissions: ownPermissions,
      sandbox: sandboxSettings(),
      commits: settings().commits,
      maxWorktreeBytes: settings().maxWorktreeBytes,
      mcpServers: () => settings().mcpServers,
      editorModel: createEditorModel(vscode),
      editor: editorIntelligence,
    })),
  };
}

/** The one place where a command's failure ends: whatever is thrown here is a bug, and is told and logged. */
function register(
  name: string,
  handle: (argument: unknown) => unknown,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.commands.registerCommand(`dynamicWorkflows.${name}`, async (argument: unknown) => {
    try {
      await handle(argument);
    } catch (error) {
      tell(error, log);
    }
  });
}

function tell(error: unknown, log: vscode.LogOutputChannel): void {
  log.error(error instanceof Error ? error : String(error));
  const message = error instanceof Error ? error.message : String(error);
  void vscode.window.showErrorMessage(`Workflows: ${message}`, 'Show Log').then((chosen) => {
    if (chosen) log.show();
  });
}

/** A run that begins opens its row, where the list is on the screen. */
function runList(hub: RunHub): readonly Disposable[] {
  const tree = new RunTree(hub);
  const view = vscode.window.createTreeView('dynamicWorkflows.runs', { treeDataProvider: tree });
  const opening = hub.on((change) => {
    if (change.type !== 'begun' || !view.visible) return;
    // The row may be gone again by the time the editor looks for it.
    view
      .reveal(tree.runNode(change.runId), { select: false, focus: false, expand: true })
      .then(undefined, () => undefined);
  });
  return [tree, view, opening];
}

function showAbout(extension: vscode.Extension<unknown>): void {
  const { displayName, version } = extension.packageJSON as { readonly displayName: string; readonly version: string };
  void vscode.window.showInformationMessage(`${displayName} ${version}`);
}
