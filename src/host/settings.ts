import * as vscode from 'vscode';
import { concurrencyOf } from '../node/concurrency.ts';
import { SANDBOX_MODES, type SandboxMode, type SandboxSettings } from '../node/shellSandbox/sandboxSettings.ts';
import { MAX_AGENTS, PERMISSION_MODES, SAFETY_TOKENS, type Concurrency, type PermissionMode } from '../protocol/run.ts';

/** Read afresh whenever they are needed; whatever stands in a settings file, these types hold. */
export interface Settings {
  readonly model: string;
  readonly baseUrl: string | undefined;
  /** Providers of the person's own, and what model names stand for; never of the workspace. */
  readonly providers: unknown;
  readonly modelMap: unknown;
  readonly concurrency: Concurrency;
  /** Agents that one run may start. */
  readonly maxAgents: number;
  /** Output tokens that a run may use to which nobody gave a budget; null: any number. */
  readonly safetyTokens: number | null;
  readonly permissionMode: PermissionMode;
  /** Lists of rules as they were written: whoever parses them must not take a broken one for an empty one. */
  readonly 'permissions.allow': unknown;
  readonly 'permissions.ask': unknown;
  readonly 'permissions.deny': unknown;
  /** How long an agent's question waits for a person. */
  readonly 'permissions.askMinutes': number;
  readonly resumeAfterReload: 'ask' | 'always' | 'never';
  readonly sandbox: SandboxMode;
  readonly sandboxAllowedDomains: readonly string[];
  readonly sandboxWithoutAsking: boolean;
  /** Days; runs that are older are deleted when the editor starts. 0: none is. */
  readonly retention: number;
  /** Unparsed. Never what stands in a folder's settings. */
  readonly mcpServers: unknown;
  /** The words `workflow` and `ultracode` in what a person types ask for a workflow. */
  readonly workflowKeyword: boolean;
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
  const texts = (name: string): readonly string[] => {
    const value = from.get<unknown>(name);
    const all: readonly unknown[] = Array.isArray(value) ? value : [];
    return all.filter((one) => typeof one === 'string').map((one) => one.trim());
  };
  // The scope of these settings keeps a workspace's out; that it does is not left to the editor alone.
  const own = (name: string): unknown => from.inspect<unknown>(name)?.globalValue ?? {};
  const safetyTokens = whole('safetyTokens', 0, SAFETY_TOKENS);
  const after = text('resumeAfterReload');

  return {
    model: text('model') || 'sonnet',
    baseUrl: text('baseUrl') || undefined,
    providers: own('providers'),
    modelMap: own('modelMap'),
    concurrency: concurrencyOf(from.get<unknown>('concurrency')) ?? 'elastic',
    maxAgents: whole('maxAgents', 1, MAX_AGENTS),
    safetyTokens: safetyTokens === 0 ? null : safetyTokens,
    permissionMode: PERMISSION_MODES.find((mode) => mode === text('permissionMode')) ?? 'default',
    'permissions.allow': from.get<unknown>('permissions.allow'),
    'permissions.ask': from.get<unknown>('permissions.ask'),
    'permissions.deny': from.get<unknown>('permissions.deny'),
    'permissions.askMinutes': whole('permissions.askMinutes', 1, 10),
    resumeAfterReload: after === 'always' || after === 'never' ? after : 'ask',
    sandbox: SANDBOX_MODES.find((mode) => mode === text('sandbox')) ?? 'auto',
    sandboxAllowedDomains: texts('sandboxAllowedDomains'),
    sandboxWithoutAsking: from.get<unknown>('sandboxWithoutAsking') === true,
    retention: whole('retention', 0, 0),
    mcpServers: own('mcpServers'),
    workflowKeyword: from.get<unknown>('workflowKeyword') !== false,
  };
}

/** As an engine takes them. */
export function sandboxSettings(): SandboxSettings {
  const { sandbox: mode, sandboxAllowedDomains: allowedDomains, sandboxWithoutAsking: withoutAsking } = settings();
  return { mode, allowedDomains, withoutAsking };
}
