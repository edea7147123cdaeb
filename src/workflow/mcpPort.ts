import type { Tool } from '../engine/tool.ts';

/** A tool of an MCP server; `tool.spec.name` is `mcp__<server>__<tool>`. */
export interface McpTool {
  readonly server: string;
  readonly tool: Tool;
}

/** The MCP servers of one run: one connection each, shared by its agents. */
export interface McpServers {
  /** Those that are configured, in the order of their tools; nothing has to be started to know them. */
  readonly names: readonly string[];
  /**
   * Starts those servers that have not been, and waits for what they offer: always the same list of a server, in the same
   * order, as a prompt cache needs it. A server that cannot be reached has no tools in this run. Rejects on abort only.
   */
  tools(servers: readonly string[], signal: AbortSignal): Promise<readonly McpTool[]>;
  /** Ends what was started. */
  close(): Promise<void>;
}

/** Port: the MCP servers that the project and the person have configured. */
export interface McpSource {
  /** Reads the configuration anew and starts nothing. `warn`: what a person should know, each once. */
  open(cwd: string, warn: (message: string) => void): Promise<McpServers>;
}
