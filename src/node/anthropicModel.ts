import { throwIfAborted } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta, OnHead } from '../engine/model.ts';
import { cutOff, failureOf, wrongEndpoint, type Endpoint } from './anthropicFailure.ts';
import type { Base, Connection } from './anthropicConnection.ts';
import { ReplyAssembly, type WireEvent } from './anthropicReply.ts';
import { paramsOf } from './anthropicRequest.ts';
import { ContextEditing } from './contextEditing.ts';
import { replyHead } from './rateLimits.ts';
import { IDLE_TIMEOUT_HEADER, type HeadOptions } from './undiciFetch.ts';

const ANTHROPIC_URL = 'https://api.anthropic.com';

export interface AnthropicModelOptions {
  /** May be absent for a server that asks for none; Anthropic's own API then fails with `auth` before any request. */
  readonly apiKey?: string | undefined;
  /** Any server that speaks the Messages API; `/v1/messages` is added. Default: Anthropic's own. */
  readonly baseURL?: string | undefined;
  /** Prompt cache breakpoints. Default: at Anthropic's own API only, others may refuse the field. */
  readonly cache?: boolean;
  /** Have the server clear old tool results by itself. Default: at Anthropic's own API only, it is a beta. */
  readonly contextEditing?: boolean;
  /** The server searches the web itself. Default: Anthropic's own API alone does. */
  readonly webSearch?: boolean;
  /** Without a byte for so many milliseconds, a request fails as `stalled`, unless it names its own. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
}

export interface AnthropicModel extends Model, Disposable {
  /** It marks what the service is to keep in its prompt cache. */
  readonly caches: boolean;
}

/**
 * The Messages API behind the `Model` port. It asks once: retries belong to the limiter. All requests share the
 * sockets of one agent, which `dispose` closes.
 */
export function createAnthropicModel(options: AnthropicModelOptions = {}): AnthropicModel {
  const base = parseBase(options.baseURL ?? ANTHROPIC_URL);
  const endpoint: Endpoint = {
    shown: base?.shown ?? '',
    apiKey: options.apiKey?.trim(),
    idleTimeoutMs: options.idleTimeoutMs ?? 5 * 60_000,
  };
  const cache = options.cache ?? base?.own ?? false;
  const editing = new ContextEditing(options.contextEditing ?? base?.own ?? false);
  const searches = options.webSearch ?? base?.own ?? false;
  let connecting: Promise<Connection> | undefined;
  let disposed = false;

  async function reply(
    request: ModelRequest,
    signal: AbortSignal,
    onDelta?: OnDelta,
    onHead?: OnHead,
  ): Promise<ModelReply> {
    throwIfAborted(signal);
    if (base === null) return wrongEndpoint(`The base URL is no http(s) address: correct --base-url.`);
    if (base.own && !endpoint.apiKey) return NO_KEY;
    if (request.webSearch && !searches) return NO_SEARCH;
    // A header with such a character would be refused by an error that quotes it.
    if (/[^\x21-\x7e]/.test(endpoint.apiKey ?? '')) return NOT_A_KEY;
    connecting ??= connectTo(base, endpoint);
    const { client, sdk, agent } = await connecting;
    if (disposed) await agent.destroy();
    throwIfAborted(signal);
    const assembly = new ReplyAssembly(request.model, onDelta);
    try {
      const { idleTimeoutMs } = request;
      const edits = editing.for(request.model);
      const idle = idleTimeoutMs === undefined ? {} : { [IDLE_TIMEOUT_HEADER]: String(idleTimeoutMs) };
      const headers = { ...idle, ...edits.headers };
      const fetchOptions: object = {
        onHead: (status, said) => onHead?.(replyHead(status, said, Date.now())),
      } satisfies HeadOptions;
      const events = await client.messages.create(
        { ...paramsOf(request, cache), ...edits.body },
        { signal, headers, fetchOptions },
      );
      editing.taken();
      for await (const event of events) assembly.accept(event as WireEvent);
    } catch (error) {
      throwIfAborted(signal);
      const { idleTimeoutMs = endpoint.idleTimeoutMs } = request;
      const failure = failureOf(error, sdk, { ...endpoint, idleTimeoutMs }, request.model);
      return editing.refused(failure) ? reply(request, signal, onDelta, onHead) : failure;
    }
    // The SDK ends an aborted stream as if it were complete.
    throwIfAborted(signal);
    return assembly.finish() ?? cutOff(endpoint);
  }

  return {
    reply,
    caches: cache,
    dispose: () => {
      disposed = true;
      connecting?.then(({ agent }) => agent.destroy()).catch(() => undefined);
    },
  };
}

const NO_KEY: ModelFailure = {
  kind: 'failed',
  code: 'auth',
  message: 'No API key: set ANTHROPIC_API_KEY, name another server with --base-url, or use --simulate.',
};

const NO_SEARCH: ModelFailure = {
  kind: 'failed',
  code: 'invalid',
  message: "This server does not search the web; Anthropic's own API does.",
};

const NOT_A_KEY: ModelFailure = {
  kind: 'failed',
  code: 'auth',
  message: 'The API key holds a space or a character that no key has: set ANTHROPIC_API_KEY again.',
};

/** Begins to load what the first request needs, while its run still has its script checked. */
export function loadAnthropicClient(): void {
  // If it cannot be loaded, the first request says so.
  import('./anthropicConnection.ts').catch(() => undefined);
}

/** SDK and HTTP client load on first use: together they cost a fifth of a second that most starts need not pay. */
async function connectTo(base: Base, endpoint: Endpoint): Promise<Connection> {
  const { connect } = await import('./anthropicConnection.ts');
  return connect(base, endpoint);
}

function parseBase(text: string): Base | null {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return null;
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
  const shown = `${url.origin}${path}`;
  return { url: shown, shown, own: url.hostname === 'anthropic.com' || url.hostname.endsWith('.anthropic.com') };
}
