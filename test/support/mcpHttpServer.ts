import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { serveExample } from '../fixtures/mcp/exampleServer.ts';

export interface McpHttpServer {
  readonly url: string;
  /** Of every request. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Forgets all sessions, as after a restart. */
  forget(): void;
  close(): Promise<void>;
}

/** The example server over streamable HTTP on loopback; `refuse` answers everything with that status. */
export async function startMcpHttpServer({ refuse }: { readonly refuse?: number } = {}): Promise<McpHttpServer> {
  const headers: IncomingHttpHeaders[] = [];
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const server = createServer((request, response) => {
    headers.push(request.headers);
    if (refuse !== undefined) {
      response.writeHead(refuse).end('the key sk-secret is wrong');
      return;
    }
    void answer(request, response);
  });

  const answer = async (...[request, response]: Parameters<StreamableHTTPServerTransport['handleRequest']>) => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (typeof id === 'string' && known === undefined) {
      response.writeHead(404).end();
      return;
    }
    const transport = known ?? (await openSession());
    await transport.handleRequest(request, response);
  };

  const openSession = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await serveExample('plain', transport);
    return transport;
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    headers,
    forget: () => sessions.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
