import type { Dispatcher } from 'undici';
import requestThrough from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';

/**
 * The two parts of undici that are used. Its entry loads all the others too: mocks, caches, WebSockets, and a fetch that
 * brings Node's own along. That takes three times as long, and every run waits for it.
 */
export { Agent };

export type RequestOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path'>;

/** Rejects when there is no answer; one of any status is an answer. Redirects are not followed. */
export function request(agent: Agent, url: string | URL, options: RequestOptions): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  return requestThrough.call(agent, { ...options, origin, path: pathname + search });
}
