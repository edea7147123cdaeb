import * as vscode from 'vscode';
import { concurrencyOf } from '../node/concurrency.ts';
import type { CommitSettings } from '../node/commits/commitSettings.ts';
import { SANDBOX_MODES, type SandboxMode, type SandboxSettings } from '../node/shellSandbox/sandboxSettings.ts';
import {
  DEFAULT_SETUP_MINUTES,
  DIRTY_CHOICES,
  MAX_AGENTS,
  PERMISSION_MODES,
  SAFETY_TOKENS,
  type Concurrency,
  type DirtyChoice,
  type PermissionMode,
  type WorktreeChoices,
} from '../protocol/run.ts';
import type { RunChoices } from '../workflow/session/outlook.ts';

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
  /** A change lands only when a review has approved it. Undefined: the person has not said so or otherwise. */
  readonly requireReview: boolean | undefined;
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
  readonly commits: CommitSettings;
  /** Days; runs that are older are deleted when the editor starts. 0: none is. */
  readonly retention: number;
  /** Bytes that all worktrees together may take; undefined: any number. */
  readonly maxWorktreeBytes: number | undefined;
  readonly dirtyCheckout: DirtyChoice;
  readonly worktree: WorktreeChoices;
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
  const ownText = (name: string): string | undefined => {
    const value = own(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const safetyTokens = whole('safetyTokens', 0, SAFETY_TOKENS);
  const after = text('resumeAfterReload');
  const reviewed = own('requireReview');
  const gigabytes = own('worktree.maxDiskGb');
  const maxDiskGb = typeof gigabytes === 'number' ? gigabytes : 0;

  return {
    model: text('model') || 'sonnet',
    baseUrl: text('baseUrl') || undefined,
    providers: own('providers'),
    modelMap: own('modelMap'),
    concurrency: concurrencyOf(from.get<unknown>('concurrency')) ?? 'elastic',
    maxAgents: whole('maxAgents', 1, MAX_AGENTS),
    safetyTokens: safetyTokens === 0 ? null : safetyTokens,
    requireReview: typeof reviewed === 'boolean' ? reviewed : undefined,
    permissionMode: PERMISSION_MODES.find((mode) => mode === text('permissionMode')) ?? 'default',
    'permissions.allow': from.get<unknown>('permissions.allow'),
    'permissions.ask': from.get<unknown>('permissions.ask'),
    'permissions.deny': from.get<unknown>('permissions.deny'),
    'permissions.askMinutes': whole('permissions.askMinutes', 1, 10),
    resumeAfterReload: after === 'always' || after === 'never' ? after : 'ask',
    sandbox: SANDBOX_MODES.find((mode) => mode === text('sandbox')) ?? 'auto',
    sandboxAllowedDomains: texts('sandboxAllowedDomains'),
    sandboxWithoutAsking: from.get<unknown>('sandboxWithoutAsking') === true,
    commits: {
      sign: own('commits.sign') === true,
      runHooks: own('commits.runHooks') === true,
      name: ownText('commits.authorName'),
      email: ownText('commits.authorEmail'),
    },
    retention: whole('retention', 0, 0),
    maxWorktreeBytes: maxDiskGb > 0 ? maxDiskGb * 1e9 : undefined,
    dirtyCheckout: DIRTY_CHOICES.find((choice) => choice === text('worktree.dirtyCheckout')) ?? 'leave-out',
    worktree: {
      dependencyFolders: texts('worktree.dependencyFolders'),
      setup: text('worktree.setup'),
      setupMinutes: whole('worktree.setupMinutes', 1, DEFAULT_SETUP_MINUTES),
    },
    mcpServers: own('mcpServers'),
    workflowKeyword: from.get<unknown>('workflowKeyword') !== false,
  };
}

/** What the person has set for every run, whether they start it or their session does. */
export function runChoices(): RunChoices & Required<Omit<RunChoices, 'requireReview'>> {
  const { maxAgents, concurrency, safetyTokens, requireReview, dirtyCheckout, worktree } = settings();
  const choices = { concurrency, safetyTokens, dirtyCheckout, worktree, caps: { agents: maxAgents } };
  return requireReview === undefined ? choices : { ...choices, requireReview };
}

/** As an engine takes them. */
export function sandboxSettings(): SandboxSettings {
  const { sandbox: mode, sandboxAllowedDomains: allowedDomains, sandboxWithoutAsking: withoutAsking } = settings();
  return { mode, allowedDomains, withoutAsking };
}
