import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../engine/ports.ts';
import { defaultBrain, firstOf, type Brain } from './brain.ts';
import { MessagesApi } from './messagesApi.ts';
import { seededRandom } from './random.ts';
import type { RecordedRequest } from './record.ts';
import type { Span } from './reply.ts';
import { ruleBrain } from './ruleBrain.ts';
import type { Rule } from './rules.ts';
import type { ServiceLimits } from './serviceLimits.ts';

export type { Brain } from './brain.ts';
export { STRUCTURED_OUTPUT, type Reply } from './reply.ts';
export { parseRules, type Rule } from './rules.ts';
export type { ServiceLimits } from './serviceLimits.ts';
export type { RequestView } from './view.ts';

export interface SimulatorOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Asked in order, rules and functions alike; what none answers, the default brain does. */
  readonly rules?: Brain | readonly (Rule | Brain)[];
  /** When given, any other key gets a 401; else any key but an empty one is good. */
  readonly apiKey?: string;
  /** When given, another model gets a 404. */
  readonly models?: readonly string[];
  /** Tokens; a longer prompt gets the API's "prompt is too long". */
  readonly contextWindow?: number;
  /** For replies that have none of their own. Absent: 0. */
  readonly latencyMs?: Span;
  /** What it takes; absent: everything. */
  readonly limits?: ServiceLimits;
  /** The newest so many requests are kept; `true` is 10,000, the default. */
  readonly record?: boolean | number;
  /** For what is drawn: latencies, bursts and instances of schemas. */
  readonly seed?: number;
  readonly clock?: Clock;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`: the client's `baseURL`. */
  readonly url: string;
  /** In the order of arrival; each is completed while it is answered. */
  readonly requests: readonly RecordedRequest[];
  /** Requests so far, recorded or not. */
  readonly count: number;
  /** Drops open streams; resolves when nothing is left. A second call does nothing. */
  close(): Promise<void>;
}

const systemClock: Clock = { now: () => Date.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };

/**
 * Serves the Anthropic Messages API on loopback. Rejects when the port cannot be had (`EADDRINUSE`).
 * The API: https://docs.claude.com/en/api/messages
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const seed = options.seed ?? 1;
  const api = new MessagesApi({
    brain: firstOf([...brainsOf(options.rules ?? []), defaultBrain(seed)]),
    clock: options.clock ?? systemClock,
    random: seededRandom(seed),
    apiKey: options.apiKey,
    models: options.models,
    contextWindow: options.contextWindow,
    latencyMs: options.latencyMs ?? 0,
    limits: options.limits,
    recordLimit: typeof options.record === 'number' ? options.record : options.record === false ? 0 : 10_000,
  });
  const open = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    const handled = api.handle(request, response).finally(() => open.delete(handled));
    open.add(handled);
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    requests: api.requests,
    get count() {
      return api.count;
    },
    close: async () => {
      await closed(server);
      await Promise.all(open);
    },
  };
}

function brainsOf(rules: Brain | readonly (Rule | Brain)[]): readonly Brain[] {
  if (typeof rules === 'function') return [rules];
  return rules.map((rule) => (typeof rule === 'function' ? rule : ruleBrain(rule)));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
