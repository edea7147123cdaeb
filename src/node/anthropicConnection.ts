import * as Sdk from '@anthropic-ai/sdk';
import * as z from 'zod';
import { throwIfAborted } from '../base/abort.ts';
import type { Endpoint } from './anthropicFailure.ts';
import { bodyOf } from './anthropicRequest.ts';
import { BodyMemory } from './bodyMemory.ts';
import type { Connection, MessagesClient } from './messagesModel.ts';
import { undiciFetch, type Fetch } from './undiciFetch.ts';
import { Agent, request } from './undiciParts.ts';

/** Sockets to one host; requests beyond wait. More than all of a limiter's slots for a few models together. */
const CONNECTIONS = 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** A server of the Messages API. */
export interface Base {
  readonly url: string;
  readonly shown: string;
  readonly own: boolean;
}

/** The SDK's client over one undici agent. A module of its own, so that both packages load on first use. */
export function connect(base: Base, endpoint: Endpoint): Connection {
  const agent = openAgent(endpoint.idleTimeoutMs);
  const { apiKey } = endpoint;
  const sdk = new Sdk.Anthropic({
    // Given in any case, or the SDK goes looking for credentials of its own.
    apiKey: apiKey || 'none',
    baseURL: base.url,
    ...QUIET_CLIENT,
    fetch: undiciFetch(agent, (headers) => {
      if (!apiKey) headers.delete('authorization');
      // Older servers of the same protocol know only this header.
      else if (!base.own) headers.set('x-api-key', apiKey);
    }),
  });
  const bodies = new BodyMemory();
  // What `messages.create` does, but for the bytes of the body, most of which is that of the turn before.
  const streamed: MessagesClient['messages']['create'] = async (params, { signal, headers, fetchOptions }) => {
    let memory: Uint8Array | undefined;
    const body = bodyOf(params, (bytes) => (memory = bodies.take(bytes)));
    const events = await sdk.post<AsyncIterable<unknown>>('/v1/messages', {
      ...{ body, headers: { 'content-type': 'application/json', ...headers }, signal, fetchOptions },
      stream: true,
    });
    // Whoever answers with a reply has read all of it. Of what went wrong, a socket may still be sending.
    if (memory !== undefined) bodies.giveBack(memory);
    return events;
  };
  return {
    client: { messages: { create: streamed } },
    sdk: Sdk,
    agent,
    hasModel: (id, signal) => hasModel(agent, base, apiKey, id, signal),
  };
}

/** https://platform.claude.com/docs/en/api/models-get */
async function hasModel(
  agent: Agent,
  base: Base,
  apiKey: string | undefined,
  id: string,
  signal: AbortSignal,
): Promise<boolean | null> {
  try {
    const { statusCode, body } = await request(agent, `${base.url}/v1/models/${encodeURIComponent(id)}`, {
      method: 'GET',
      headers: { 'x-api-key': apiKey || 'none', 'anthropic-version': '2023-06-01' },
      signal,
    });
    const answer: unknown = await body.json();
    if (statusCode === 200) return true;
    return statusCode === 404 && NOT_FOUND.safeParse(answer).success ? false : null;
  } catch {
    throwIfAborted(signal);
    return null;
  }
}

/** A path that a server does not have at all says something else, or nothing. */
const NOT_FOUND = z.object({ error: z.object({ type: z.literal('not_found_error') }) });

/** One set of sockets for all requests to a service; its timeouts count silence. */
export function openAgent(idleTimeoutMs: number): Agent {
  return new Agent({
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    keepAliveTimeout: 30_000,
  });
}

/** What all clients of the SDK's family are told. */
export const QUIET_CLIENT = {
  maxRetries: 0,
  // The agent's timeouts count silence; the SDK's would count the whole wait for the first byte a second time.
  timeout: 24 * 3_600_000,
  logLevel: 'off',
  openTelemetry: false,
} as const;

/** A `fetch` for the SDK of another install, over our own sockets. */
export function fetchOver(agent: Agent): Fetch {
  return undiciFetch(agent);
}
