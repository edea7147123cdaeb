import { AbortError } from '../base/abort.ts';
import type { Tool } from '../engine/tool.ts';
import type { McpServers, McpTool } from './mcpPort.ts';

/** Servers that offer tools of those names, each of which answers with its own name. */
export class FakeMcpServers implements McpServers {
  readonly names: readonly string[];
  readonly started = new Set<string>();
  closed = false;
  readonly #offers: Readonly<Record<string, readonly string[]>>;

  constructor(offers: Readonly<Record<string, readonly string[]>>) {
    this.#offers = offers;
    this.names = Object.keys(offers);
  }

  tools(servers: readonly string[], signal: AbortSignal): Promise<readonly McpTool[]> {
    if (signal.aborted) return Promise.reject(new AbortError(signal.reason));
    for (const server of servers) this.started.add(server);
    return Promise.resolve(
      servers.flatMap((server) =>
        (this.#offers[server] ?? []).map((name) => ({ server, tool: toolOf(`mcp__${server}__${name}`) })),
      ),
    );
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function toolOf(name: string): Tool {
  return {
    spec: { name, description: name, inputSchema: { type: 'object' } },
    readOnly: false,
    prepare: async () => ({
      kind: 'ready',
      call: {
        summary: name,
        permission: { tool: name, access: 'tool', subject: '' },
        run: async () => ({ kind: 'ok', content: name }),
      },
    }),
  };
}
