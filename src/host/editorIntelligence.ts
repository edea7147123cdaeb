import { sep } from 'node:path';
import * as vscode from 'vscode';
import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import { DisposableStore } from '../base/disposable.ts';
import type { CodePlace, Diagnostic, EditorIntelligence } from '../node/tools/editorIntelligence.ts';
import { openFolders } from './places.ts';

/** How long a server may take to look at a file that nobody had open. */
const LOOK_MS = 3_000;
const SEVERITIES = ['error', 'warning', 'information', 'hint'] as const;

/** The editor's language servers, behind the port of the tools. */
export const editorIntelligence: EditorIntelligence = {
  knows: (path) => openFolders().some((folder) => path.startsWith(folder + sep)),
  diagnostics: async (path, signal) => {
    throwIfAborted(signal);
    const uri = vscode.Uri.file(path);
    const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.fsPath === path);
    if (!isOpen && vscode.languages.getDiagnostics(uri).length === 0) await lookedAt(uri, signal);
    return vscode.languages.getDiagnostics(uri).map((each) => diagnosticOf(path, each));
  },
  symbols: async (list, at, signal) => {
    throwIfAborted(signal);
    const uri = vscode.Uri.file(at.path);
    const position = new vscode.Position(at.line - 1, at.column - 1);
    await vscode.workspace.openTextDocument(uri);
    throwIfAborted(signal);
    if (list === 'rename') return renamed(uri, position);
    const command = list === 'definitions' ? 'vscode.executeDefinitionProvider' : 'vscode.executeReferenceProvider';
    const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
      command,
      uri,
      position,
    );
    throwIfAborted(signal);
    return found.map((each) =>
      'targetUri' in each
        ? placeOf(each.targetUri, each.targetSelectionRange ?? each.targetRange)
        : placeOf(each.uri, each.range),
    );
  },
};

/** Asked for and thrown away: nothing is renamed. */
async function renamed(uri: vscode.Uri, position: vscode.Position): Promise<readonly CodePlace[]> {
  const edit = await vscode.commands
    .executeCommand<vscode.WorkspaceEdit | undefined>('vscode.executeDocumentRenameProvider', uri, position, 'renamed_')
    // A server says by an error that this cannot be renamed.
    .then(
      (given) => given,
      () => undefined,
    );
  return (edit?.entries() ?? []).flatMap(([file, changes]) => changes.map(({ range }) => placeOf(file, range)));
}

/** Opens the file, and waits until a server has said something about it, or for a while. */
async function lookedAt(uri: vscode.Uri, signal: AbortSignal): Promise<void> {
  const owned = new DisposableStore();
  try {
    const said = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, LOOK_MS);
      owned.add({ dispose: () => clearTimeout(timer) });
      owned.add(onAbort(signal, () => reject(new AbortError(signal.reason))));
      const change = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (uris.some(({ fsPath }) => fsPath === uri.fsPath)) resolve();
      });
      owned.add(change);
    });
    await Promise.all([said, vscode.workspace.openTextDocument(uri)]);
  } finally {
    owned.dispose();
  }
}

function diagnosticOf(path: string, { range, severity, message, source }: vscode.Diagnostic): Diagnostic {
  const { line, character } = range.start;
  return {
    path,
    line: line + 1,
    column: character + 1,
    severity: SEVERITIES[severity],
    message,
    source: source ?? null,
  };
}

function placeOf({ fsPath }: vscode.Uri, { start }: vscode.Range): CodePlace {
  return { path: fsPath, line: start.line + 1, column: start.character + 1 };
}
