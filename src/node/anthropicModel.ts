import type { Disposable } from '../base/disposable.ts';
import type { ModelFailure } from '../engine/model.ts';
import { wrongEndpoint, type Cures, type Endpoint } from './anthropicFailure.ts';
import type { Base } from './anthropicConnection.ts';
import { createMessagesModel, type Connection } from './messagesModel.ts';
import { ContextEditing } from './contextEditing.ts';
import { serviceName, type ServiceModel } from './serviceName.ts';

const ANTHROPIC_URL = 'https://api.anthropic.com';
const IDLE_TIMEOUT_MS = 5 * 60_000;

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
  /** What a person does about its failures, where that is not the settings of the session's own model. */
  readonly cures?: Cures;
  /** The service keeps a list of its models that can be trusted. Default: Anthropic's own API alone. */
  readonly listed?: boolean;
}

export interface AnthropicModel extends ServiceModel, Disposable {
  /** It marks what the service is to keep in its prompt cache. */
  readonly caches: boolean;
  /** False when the service's own list does not have the model; null: it does not say. Rejects on abort only. */
  hasModel(id: string, signal: AbortSignal): Promise<boolean | null>;
}

/** Anthropic's API, or any other server that speaks it: no beta header is sent, and no conversation is kept there. */
export function createAnthropicModel(options: AnthropicModelOptions = {}): AnthropicModel {
  const base = parseBase(options.baseURL ?? ANTHROPIC_URL);
  const apiKey = options.apiKey?.trim();
  const endpoint: Endpoint = {
    shown: base?.shown ?? '',
    apiKey,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    ...(options.cures && { cures: options.cures }),
  };
  const caches = options.cache ?? base?.own ?? false;
  const messages = createMessagesModel({
    endpoint,
    cache: caches,
    editing: new ContextEditing(options.contextEditing ?? base?.own ?? false),
    searches: options.webSearch ?? base?.own ?? false,
    connect: async () => {
      if (base === null) return wrongEndpoint(`The base URL is no http(s) address: correct --base-url.`);
      if (base.own && !apiKey) return NO_KEY;
      // A header with such a character would be refused by an error that quotes it.
      if (/[^\x21-\x7e]/.test(apiKey ?? '')) return NOT_A_KEY;
      return connectTo(base, endpoint);
    },
  });
  const known = new Map<string, boolean>();
  const listed = options.listed ?? base?.own ?? false;
  return {
    caches,
    service: serviceName(endpoint.shown, apiKey),
    reply: (...call) => messages.reply(...call),
    dispose: () => messages.dispose(),
    hasModel: async (id, signal) => {
      if (!listed) return null;
      const asked = known.get(id);
      if (asked !== undefined) return asked;
      const connection = await messages.connection();
      const has = 'kind' in connection ? null : ((await connection.hasModel?.(id, signal)) ?? null);
      if (has !== null) known.set(id, has);
      return has;
    },
  };
}

const NO_KEY: ModelFailure = {
  kind: 'failed',
  code: 'auth',
  message: 'No API key: set ANTHROPIC_API_KEY, name another server with --base-url, or use --simulate.',
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
