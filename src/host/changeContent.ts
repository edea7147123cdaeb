import * as vscode from 'vscode';
import { isCommitId } from '../base/commitId.ts';

const SCHEME = 'workflow-git';

/** A file as a commit has it. Opened by nobody but a diff; the path is the file's, so that its language is known. */
export function contentUri(cwd: string, commit: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: JSON.stringify({ cwd, commit }) });
}

/** Serves files from git's objects: no worktree is needed, and what is checked out does not matter. */
export function registerChangeContent(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent: contentOf });
}

async function contentOf(uri: vscode.Uri): Promise<string> {
  const place = parse(uri.query);
  if (place === null) return 'This is no file of a run.';
  const [{ createGit }, { fileAt }] = await Promise.all([import('../node/git.ts'), import('../node/gitObjects.ts')]);
  const file = await fileAt(createGit(process.env), place.cwd, place.commit, uri.path.slice(1));
  switch (file.kind) {
    case 'text':
      return file.text;
    case 'absent':
      return '';
    case 'binary':
      return 'This file is binary.';
    case 'unreadable':
      return file.message;
  }
}

function parse(query: string): { readonly cwd: string; readonly commit: string } | null {
  try {
    const value: unknown = JSON.parse(query);
    if (typeof value !== 'object' || value === null || !('cwd' in value) || !('commit' in value)) return null;
    const { cwd, commit } = value;
    // A commit is handed to git: nothing else may look like one.
    if (typeof cwd !== 'string' || typeof commit !== 'string' || !isCommitId(commit)) return null;
    return { cwd, commit };
  } catch {
    return null;
  }
}
