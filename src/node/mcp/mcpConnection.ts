import * as z from 'zod';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { throwIfAborted, untilAborted } from '../../base/abort.ts';
import { agentEnvironment, type Environment } from '../agentEnvironment.ts';
import { mcpFailure, type McpFailure } from './mcpFailure.ts';
import type { McpServerConfig } from './mcpConfig.ts';

export interface McpConnectionDeps {
  /** The session's folder, where the server works. */
  readonly cwd: string;
  readonly environment: Environment;
  /** See `StdioServer.home`. */
  readonly home: string;
  readonly startTimeoutMs: number;
  /** Of one message of the server. */
  readonly maxBytes?: number;
}

export type Answered<T> = { readonly kind: 'answered'; readonly value: T } | McpFailure;

export interface CallResult {
  /** Unparsed parts. */
  readonly content: readonly unknown[];
  readonly structured: unknown;
  readonly isError: boolean;
}

/** One server of a run: started when it is first needed, once more when it has died, and shared by all that call it. */
export interface McpConnection {
  /** Unparsed. */
  listTools(signal: AbortSignal): Promise<Answered<readonly unknown[]>>;
  /** Rejects with AbortError on abort only; the server is told then. */
  call(tool: string, input: unknown, signal: AbortSignal): Promise<Answered<CallResult>>;
  close(): Promise<void>;
}

const MAX_BYTES = 8 * 2 ** 20;
/** A process that has died twice would die again; to connect anew is no start. */
const MAX_STARTS = { stdio: 2, http: 10 };
const MAX_PAGES = 20;
const CLOSED: McpFailure = { kind: 'failed', message: 'is closed' };
const NO_MORE: McpFailure = { kind: 'failed', message: 'has ended too often and is not started again in this run' };

const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const result = z.looseObject({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
});

/** `end`: why it is over, once it is. */
type EndingTransport = Transport & { readonly end: string | null };

interface Session {
  readonly client: Client;
  readonly transport: EndingTransport;
}

export function createMcpConnection(config: McpServerConfig, deps: McpConnectionDeps): McpConnection {
  const closing = new AbortController();
  let current: Promise<Session | McpFailure> | null = null;
  let starts = 0;

  function session(): Promise<Session | McpFailure> {
    if (closing.signal.aborted) return Promise.resolve(CLOSED);
    if (current !== null) return current;
    if (starts >= MAX_STARTS[config.transport.kind]) return Promise.resolve(NO_MORE);
    starts += 1;
    const opening = connect(config, deps, closing.signal, () => forget(opening));
    current = opening;
    void opening.then((opened) => 'kind' in opened && forget(opening));
    return opening;
  }

  function forget(opening: Promise<Session | McpFailure>): void {
    if (current === opening) current = null;
  }

  async function asked<S extends z.ZodType>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    schema: S,
    timeout: number,
    signal: AbortSignal,
  ): Promise<Answered<z.infer<S>>> {
    throwIfAborted(signal);
    const opening = session();
    const opened = await untilAborted(opening, signal);
    if ('kind' in opened) return opened;
    const { client, transport } = opened;
    const options = { signal, timeout };
    try {
      const answer = await client.request({ method, params }, z.looseObject({}), options);
      const parsed = schema.safeParse(answer);
      return parsed.success
        ? { kind: 'answered', value: parsed.data }
        : { kind: 'failed', message: 'gave an answer that is not of the protocol' };
    } catch (error) {
      throwIfAborted(signal);
      const failure = mcpFailure(error, config, { end: transport.end, timeoutMs: timeout });
      if (failure.gone === true) forget(opening);
      return failure;
    }
  }

  return {
    listTools: async (signal) => {
      const tools: unknown[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const answer = await asked(
          'tools/list',
          cursor === undefined ? {} : { cursor },
          page,
          deps.startTimeoutMs,
          signal,
        );
        if (answer.kind === 'failed') return answer;
        tools.push(...answer.value.tools);
        cursor = answer.value.nextCursor;
        if (cursor === undefined) break;
      }
      return { kind: 'answered', value: tools };
    },
    call: async (tool, input, signal) => {
      const answer = await asked('tools/call', { name: tool, arguments: input }, result, config.timeoutMs, signal);
      if (answer.kind === 'failed') return answer;
      const { content, structuredContent: structured, isError } = answer.value;
      return { kind: 'answered', value: { content, structured, isError } };
    },
    close: async () => {
      const opening = current;
      closing.abort();
      const opened = await opening;
      if (opened && !('kind' in opened)) await opened.transport.close();
    },
  };
}

async function connect(
  config: McpServerConfig,
  deps: McpConnectionDeps,
  signal: AbortSignal,
  onEnd: () => void,
): Promise<Session | McpFailure> {
  const { startTimeoutMs: timeout } = deps;
  const [{ Client }, transport] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    transportOf(config, deps),
  ]);
  const client = new Client({ name: 'dynamic-workflows', version: '1' }, { capabilities: {} });
  client.onclose = onEnd;
  client.onerror = () => undefined;
  // Its own time-out counts for one answer; a server could keep a connection from coming about without it.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  const ending = AbortSignal.any([signal, late.signal]);
  try {
    await untilAborted(client.connect(transport, { timeout, signal: ending }), ending);
    return { client, transport };
  } catch (error) {
    const { end } = transport;
    await transport.close();
    if (signal.aborted) return CLOSED;
    if (late.signal.aborted) return { kind: 'failed', message: `did not start within ${timeout / 1_000} s` };
    return mcpFailure(error, config, { end, timeoutMs: timeout });
  } finally {
    clearTimeout(timer);
  }
}

async function transportOf(
  { transport }: McpServerConfig,
  { cwd, environment, home, maxBytes = MAX_BYTES }: McpConnectionDeps,
): Promise<EndingTransport> {
  if (transport.kind === 'stdio') {
    const { StdioTransport } = await import('./stdioTransport.ts');
    const { command, args, env: own } = transport;
    const env = { ...agentEnvironment(environment), CLAUDE_PROJECT_DIR: cwd, ...own };
    return new StdioTransport({ command, args, cwd, env, home, maxBytes });
  }
  const { openHttpTransport } = await import('./httpTransport.ts');
  return openHttpTransport({ ...transport, maxBytes });
}
