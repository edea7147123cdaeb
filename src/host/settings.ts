import * as vscode from 'vscode';
import { PERMISSION_MODES, type PermissionMode } from '../protocol/run.ts';

/** Read afresh whenever they are needed; whatever stands in a settings file, these types hold. */
export interface Settings {
  readonly model: string;
  readonly baseUrl: string | undefined;
  readonly concurrency: number;
  readonly permissionMode: PermissionMode;
  readonly resumeAfterReload: 'ask' | 'always' | 'never';
}

export function settings(): Settings {
  const from = vscode.workspace.getConfiguration('dynamicWorkflows');
  const text = (name: string): string => {
    const value = from.get<unknown>(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const concurrency = from.get<unknown>('concurrency');
  const after = text('resumeAfterReload');
  return {
    model: text('model') || 'sonnet',
    baseUrl: text('baseUrl') || undefined,
    concurrency: typeof concurrency === 'number' && concurrency >= 1 ? Math.floor(concurrency) : 16,
    permissionMode: PERMISSION_MODES.find((mode) => mode === text('permissionMode')) ?? 'default',
    resumeAfterReload: after === 'always' || after === 'never' ? after : 'ask',
  };
}
