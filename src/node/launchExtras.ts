import { count } from '../base/text.ts';
import type { Environment } from './agentEnvironment.ts';
import { commitsText, type CommitSettings } from './commits/commitSettings.ts';
import { readHookSettings } from './hooks/hookSettings.ts';
import { describeServer, readMcpConfig } from './mcp/mcpConfig.ts';

export interface LaunchExtrasPlaces {
  /** The session's folder. */
  readonly cwd: string;
  /** The person's own folder. */
  readonly person: string;
  readonly environment: Environment;
  /** MCP servers of the person's own settings. */
  readonly mcpServers?: unknown;
  readonly commits?: CommitSettings;
}

/**
 * What a run is going to start besides its agents, a line each: which hooks, and which MCP servers with what secrets.
 * Empty where there is nothing; nothing is started to know it.
 */
export async function launchExtras(places: LaunchExtrasPlaces): Promise<readonly string[]> {
  const { cwd, person: home, environment, mcpServers: setting } = places;
  const [{ rules }, { servers }] = await Promise.all([
    readHookSettings({ cwd, home }),
    readMcpConfig({ cwd, home, environment, setting }),
  ]);
  const commits = places.commits ? commitsText(places.commits) : null;
  const events = [...new Set(rules.map(({ event }) => event))];
  return [
    ...(commits === null ? [] : [commits]),
    ...(rules.length === 0 ? [] : [`Hooks: ${count(rules.length, 'command')} (${events.join(', ')})`]),
    ...(servers.length === 0 ? [] : [`MCP servers: ${servers.map(describeServer).join(', ')}`]),
  ];
}
