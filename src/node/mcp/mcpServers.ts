import { untilAborted } from '../../base/abort.ts';
import { settleAll } from '../../base/settleAll.ts';
import type { McpServers, McpSource, McpTool } from '../../workflow/mcpPort.ts';
import type { McpServerConfig, McpPlaces } from './mcpConfig.ts';
import type { McpConnection, McpConnectionDeps } from './mcpConnection.ts';

export interface McpSourceOptions extends Pick<McpPlaces, 'home' | 'environment'> {
  /** `~/.dynamic-workflows`. */
  readonly programHome: string;
  /** What stands in the editor's settings just now. */
  readonly setting?: (() => unknown) | undefined;
}

const START_TIMEOUT_MS = 30_000;
/** Tools of all servers together, in equal shares. */
const MAX_TOOLS = 240;
const MAX_TOOLS_OF_ONE = 100;

/** MCP servers by the configuration files, each started when an agent first may use it. */
export function createMcpSource({ home, programHome, environment, setting }: McpSourceOptions): McpSource {
  return {
    open: async (cwd, warn) => {
      const { readMcpConfig } = await import('./mcpConfig.ts');
      const config = await readMcpConfig({ cwd, home, environment, setting: setting?.() });
      config.warnings.forEach(warn);
      const startTimeoutMs = Number(environment['MCP_TIMEOUT']) || START_TIMEOUT_MS;
      return serversOf(config.servers, { cwd, environment, home: programHome, startTimeoutMs }, warn);
    },
  };
}

interface Started {
  readonly connection: McpConnection;
  readonly tools: Promise<readonly McpTool[]>;
}

function serversOf(
  configs: readonly McpServerConfig[],
  deps: McpConnectionDeps,
  warn: (message: string) => void,
): McpServers {
  const started = new Map<string, Promise<Started>>();
  const closing = new AbortController();
  const most = Math.min(MAX_TOOLS_OF_ONE, Math.floor(MAX_TOOLS / Math.max(1, configs.length)));

  async function start(config: McpServerConfig): Promise<Started> {
    const { createMcpConnection } = await import('./mcpConnection.ts');
    const connection = createMcpConnection(config, deps);
    return { connection, tools: toolsOf(config, connection) };
  }

  /** The boundary at which a broken server becomes one without tools. */
  async function toolsOf(config: McpServerConfig, connection: McpConnection): Promise<readonly McpTool[]> {
    // All pages together: agents wait for it.
    const late = AbortSignal.timeout(2 * deps.startTimeoutMs);
    try {
      const [{ offeredTools }, { createMcpTool }, listed] = await Promise.all([
        import('./offeredTools.ts'),
        import('./mcpTool.ts'),
        connection.listTools(AbortSignal.any([closing.signal, late])),
      ]);
      if (listed.kind === 'failed') {
        warn(`The MCP server ${config.name} ${listed.message}; agents of this run do without its tools.`);
        return [];
      }
      const offer = offeredTools(config.name, listed.value, most);
      offer.warnings.forEach(warn);
      return offer.tools.map((offered) => ({
        server: config.name,
        tool: createMcpTool(config, connection, offered),
      }));
    } catch {
      if (closing.signal.aborted) return [];
      const what = late.aborted ? 'takes too long to say what it offers' : 'failed';
      warn(`The MCP server ${config.name} ${what}; agents of this run do without its tools.`);
      return [];
    }
  }

  return {
    names: configs.map(({ name }) => name),
    tools: async (names, signal) => {
      const wanted = configs.filter(({ name }) => names.includes(name));
      const all = wanted.map(async (config) => {
        const starting = started.get(config.name) ?? start(config);
        started.set(config.name, starting);
        return (await starting).tools;
      });
      return (await untilAborted(settleAll(all), signal)).flat();
    },
    close: async () => {
      closing.abort();
      const all = await Promise.allSettled(started.values());
      await Promise.allSettled(all.map(async (one) => one.status === 'fulfilled' && one.value.connection.close()));
    },
  };
}
