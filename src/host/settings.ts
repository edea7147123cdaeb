import * as vscode from 'vscode';
import { concurrencyOf } from '../node/concurrency.ts';
import { MAX_AGENTS, PERMISSION_MODES, SAFETY_TOKENS, type Concurrency, type PermissionMode } from '../protocol/run.ts';

/** Read afresh whenever they are needed; whatever stands in a settings file, these types hold. */
export interface Settings {
  readonly model: string;
  readonly baseUrl: string | undefined;
  /** Providers of the person's own, and what model names stand for; never of the workspace. */
  readonly models: { readonly providers: unknown; readonly modelMap: unknown };
  readonly concurrency: Concurrency;
  /** Agents that one run may start. */
  readonly maxAgents: number;
  /** Output tokens that a run may use to which nobody gave a budget; null: any number. */
  readonly safetyTokens: number | null;
  readonly permissionMode: PermissionMode;
  readonly resumeAfterReload: 'ask' | 'always' | 'never';
  /** Days; runs that are older are deleted when the editor starts. 0: none is. */
  readonly retention: number;
}

export function settings(): Settings {
  const from = vscode.workspace.getConfiguration('dynamicWorkflows');
  const text = (name: string): string => {
    const value = from.get<unknown>(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const whole = (name: string, least: number, otherwise: number): number => {
    const value = from.get<unknown>(name);
    return typeof value === 'number' && value >= least ? Math.floor(value) : otherwise;
  };
  // The scope of these settings keeps a workspace's out; that it does is not left to the editor alone.
  const own = (name: string): unknown => from.inspect<unknown>(name)?.globalValue ?? {};
  const safetyTokens = whole('safetyTokens', 0, SAFETY_TOKENS);
  const after = text('resumeAfterReload');

  return {
    model: text('model') || 'sonnet',
    baseUrl: text('baseUrl') || undefined,
    models: { providers: own('providers'), modelMap: own('modelMap') },
    concurrency: concurrencyOf(from.get<unknown>('concurrency')) ?? 'elastic',
    maxAgents: whole('maxAgents', 1, MAX_AGENTS),
    safetyTokens: safetyTokens === 0 ? null : safetyTokens,
    permissionMode: PERMISSION_MODES.find((mode) => mode === text('permissionMode')) ?? 'default',
    resumeAfterReload: after === 'always' || after === 'never' ? after : 'ask',
    retention: whole('retention', 0, 0),
  };
}
