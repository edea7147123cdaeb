import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { OwnPermissions } from '../node/permissionSettings.ts';
import type { PermissionMode } from '../protocol/run.ts';
import { settings } from './settings.ts';

/** What the person has set in the editor. All of it is theirs alone: no workspace's settings reach it. */
export function ownPermissions(): OwnPermissions {
  const own = settings();
  const [allow, ask, deny] = [own['permissions.allow'], own['permissions.ask'], own['permissions.deny']];
  const named = vscode.workspace.getConfiguration('dynamicWorkflows').inspect('permissionMode')?.globalValue;
  return {
    name: 'The settings dynamicWorkflows.permissions',
    rules: { allow, ask, deny },
    mode: named === undefined ? undefined : own.permissionMode,
    askTimeoutMs: own['permissions.askMinutes'] * 60_000,
  };
}

/** The mode of a run that is started in the folder. */
export async function permissionModeFor(cwd: string): Promise<PermissionMode> {
  const { readPermissionSettings } = await import('../node/permissionSettings.ts');
  const { mode } = await readPermissionSettings({ cwd, home: homedir(), own: ownPermissions() });
  return mode ?? 'default';
}
