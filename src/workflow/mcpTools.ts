import type { Tool } from '../engine/tool.ts';
import type { McpServers } from './mcpPort.ts';

export interface McpWanted {
  readonly tools?: readonly string[] | undefined;
  readonly disallowedTools?: readonly string[] | undefined;
  /** Of an agent's type: these servers and no others. */
  readonly mcpServers?: readonly string[] | undefined;
}

/**
 * The MCP tools of an agent: all that are configured, unless its options or its type say less. Servers of which it may
 * have nothing are not started for it.
 */
export async function mcpToolsFor(
  servers: McpServers | undefined,
  wanted: McpWanted,
  signal: AbortSignal,
): Promise<readonly Tool[]> {
  const names = servers?.names.filter((name) => mayHave(wanted, name)) ?? [];
  if (servers === undefined || names.length === 0) return [];
  const offered = await servers.tools(names, signal);
  return offered
    .map(({ tool }) => tool)
    .filter(({ spec }) => !wanted.tools || wanted.tools.some((text) => isNamed(text, spec.name)))
    .filter(({ spec }) => !wanted.disallowedTools?.some((text) => isNamed(text, spec.name)));
}

function mayHave({ tools, disallowedTools, mcpServers }: McpWanted, server: string): boolean {
  if (mcpServers && !mcpServers.includes(server)) return false;
  const all = `mcp__${server}`;
  if (disallowedTools?.some((text) => text === all || text === `${all}__*`)) return false;
  return !tools || tools.some((text) => text === all || text.startsWith(`${all}__`));
}

/** `mcp__server` and `mcp__server__*` name all tools of a server, `mcp__server__tool` one. */
function isNamed(text: string, tool: string): boolean {
  return text === tool || (text.startsWith('mcp__') && tool.startsWith(`${text.replace(/__\*$/, '')}__`));
}
