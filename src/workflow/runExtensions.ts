import type { HookRule } from '../engine/hooks/hookRule.ts';
import { RunHooks } from './hooks/runHooks.ts';
import type { McpServers } from './mcpPort.ts';
import type { RuntimeDeps } from './runContext.ts';
import type { RunManifest } from './runStore.ts';

/** What the project and the person add to a run from outside: read anew for each attempt, kept through it. */
export interface RunExtensions {
  readonly hooks: readonly HookRule[];
  readonly mcp: McpServers | undefined;
  readonly warnings: readonly string[];
  /** Where warnings go that come later. */
  readonly later: { warn: (message: string) => void };
}

/** Nothing is started. */
export async function readExtensions(
  { hooks, mcp }: Pick<RuntimeDeps, 'hooks' | 'mcp'>,
  cwd: string,
): Promise<RunExtensions> {
  const warnings: string[] = [];
  const later = { warn: (message: string): void => void warnings.push(message) };
  const [read, servers] = await Promise.all([hooks?.read(cwd), mcp?.open(cwd, (message) => later.warn(message))]);
  return { hooks: read?.rules ?? [], mcp: servers, warnings: [...(read?.warnings ?? []), ...warnings], later };
}

type WarnOnce = (key: string, message: string) => void;

export function runHooksOf(
  deps: Pick<RuntimeDeps, 'hooks'>,
  { hooks }: RunExtensions,
  { runId, cwd, workflowName, permissionMode }: RunManifest,
  runDir: string,
  warnOnce: WarnOnce,
): RunHooks {
  return new RunHooks({ rules: hooks, source: deps.hooks, cwd, runId, runDir, workflowName, permissionMode, warnOnce });
}

/** From now on its servers' warnings are the run's. */
export function mcpOf({ mcp, later }: RunExtensions, warnOnce: WarnOnce): McpServers | undefined {
  later.warn = (message) => warnOnce(message, message);
  return mcp;
}
