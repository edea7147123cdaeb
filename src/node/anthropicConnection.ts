import * as Sdk from '@anthropic-ai/sdk';
import { Agent, request } from 'undici';
import type { Endpoint } from './anthropicFailure.ts';
import { undiciFetch } from './undiciFetch.ts';

/** Sockets to one host; requests beyond wait. More than all of a limiter's slots for a few models together. */
const CONNECTIONS = 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** A server of the Messages API. */
export interface Base {
  readonly url: string;
  readonly shown: string;
  readonly own: boolean;
}

export interface Connection {
  readonly client: Sdk.Anthropic;
  readonly sdk: typeof Sdk;
  readonly agent: Agent;
}

/** The SDK's client over one undici agent. A module of its own, so that both packages load on first use. */
export function connect(base: Base, endpoint: Endpoint): Connection {
  const agent = new Agent({
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: endpoint.idleTimeoutMs,
    bodyTimeout: endpoint.idleTimeoutMs,
    keepAliveTimeout: 30_000,
  });
  const { apiKey } = endpoint;
  const client = new Sdk.Anthropic({
    // Given in any case, or the SDK goes looking for credentials of its own.
    apiKey: apiKey || 'none',
    baseURL: base.url,
    maxRetries: 0,
    // The agent's timeouts count silence; the SDK's would count the whole wait for the first byte a second time.
    timeout: 24 * 3_600_000,
    logLevel: 'off',
    openTelemetry: false,
    fetch: undiciFetch(request, agent, (headers) => {
      if (!apiKey) headers.delete('authorization');
      // Older servers of the same protocol know only this header.
      else if (!base.own) headers.set('x-api-key', apiKey);
    }),
  });
  return { client, sdk: Sdk, agent };
}
