import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { LibraryFolders } from '../node/library.ts';

/** Where things are on this machine. */
export interface Places {
  /** Runs and worktrees: `~/.dynamic-workflows`, or DYNAMIC_WORKFLOWS_HOME. */
  readonly home: string;
  readonly workflows: LibraryFolders;
  readonly sampleProject: string;
  /** What the webview loads. */
  readonly dist: vscode.Uri;
  readonly graphIcon: vscode.Uri;
  /** The extension's own folder. */
  readonly root: string;
}

export function placesOf(extension: vscode.Uri): Places {
  const inside = (...path: readonly string[]): string => vscode.Uri.joinPath(extension, ...path).fsPath;
  return {
    home: process.env['DYNAMIC_WORKFLOWS_HOME'] || join(homedir(), '.dynamic-workflows'),
    workflows: { personal: join(homedir(), '.claude', 'workflows'), shipped: inside('workflows') },
    sampleProject: inside('media', 'sample-project'),
    dist: vscode.Uri.joinPath(extension, 'dist'),
    graphIcon: vscode.Uri.joinPath(extension, 'media', 'graph.svg'),
    root: extension.fsPath,
  };
}

/** The open folders that are on a disk. */
export function openFolders(): readonly string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
}

/** The editor's own ripgrep: where it lies differs between versions, and between a desktop and a server. */
export function editorRipgrep(): string | undefined {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const modules = ['node_modules', 'node_modules.asar.unpacked'].map((folder) => join(vscode.env.appRoot, folder));
  const platform = `${process.platform}-${process.arch}`;
  return modules
    .flatMap((folder) => [
      join(folder, '@vscode', 'ripgrep-universal', 'bin', platform, name),
      join(folder, '@vscode', 'ripgrep', 'bin', name),
    ])
    .find((path) => existsSync(path));
}
