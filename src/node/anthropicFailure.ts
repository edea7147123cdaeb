import type * as Sdk from '@anthropic-ai/sdk';
import { clip } from '../base/text.ts';
import type { ModelErrorCode, ModelFailure } from '../engine/model.ts';
import { planReset, retryAfter } from './rateLimits.ts';
import { NotAStreamError, TransportError } from './undiciFetch.ts';

/** What a failure's message needs to know of the endpoint. */
export interface Endpoint {
  /** For people: origin and path, never credentials. */
  readonly shown: string;
  readonly apiKey: string | undefined;
  readonly idleTimeoutMs: number;
  /** What a person does about a refused key or a wrong address; absent: what helps with Anthropic's own API. */
  readonly cures?: Cures;
  /** A service that finds its credentials itself, and whose paths name models. */
  readonly cloud?: true;
}

export interface Cures {
  /** After a colon: `set ANTHROPIC_API_KEY to a valid one`. */
  readonly key: string;
  readonly address: string;
}

const CURES: Cures = { key: 'set ANTHROPIC_API_KEY to a valid one', address: 'correct --base-url' };

/** The error classes of the SDK that made the request: a person's own install has others than ours. */
export type SdkErrors = Pick<typeof Sdk, 'APIError' | 'APIConnectionError'>;

/** A rate limit that lasts longer than this is a used-up quota, and so is any that a plan refuses by. */
const QUOTA_AFTER_MS = 10 * 60_000;

/** What went wrong, for a person; rethrows what is no failure of the service but a bug. */
export function failureOf(error: unknown, sdk: SdkErrors, endpoint: Endpoint, model: string): ModelFailure {
  const failure = describe(error, sdk, endpoint, model);
  return { ...failure, message: redact(failure.message, endpoint.apiKey) };
}

/** No request can succeed there until a person changes the address: as fatal as a model that does not exist. */
export function wrongEndpoint(message: string, status?: number): ModelFailure {
  return { kind: 'failed', code: 'unknown-model', message, ...(status !== undefined && { status }) };
}

export function cutOff(endpoint: Endpoint): ModelFailure {
  return network(`The reply from ${endpoint.shown} broke off before its end.`);
}

/** The text without the key, and without anything that looks like one. */
function redact(text: string, apiKey: string | undefined): string {
  const known = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[key]');
  return known.replace(/\bsk-[\w-]{8,}/g, '[key]');
}

function describe(error: unknown, sdk: SdkErrors, endpoint: Endpoint, model: string): ModelFailure {
  if (error instanceof sdk.APIConnectionError) {
    if (endpoint.cloud && !isTransport(error.cause)) return noCredentials(error.cause, endpoint);
    return describe(error.cause, sdk, endpoint, model);
  }
  if (error instanceof TransportError) {
    const failure = connectionFailure(error.reason, endpoint);
    return error.answered || failure.unreachable === true ? failure : { ...failure, unanswered: true };
  }
  if (error instanceof NotAStreamError) {
    return wrongEndpoint(`${endpoint.shown} is no Messages API (it ${error.message}): ${addressCure(endpoint)}.`);
  }
  if (error instanceof sdk.APIError) return apiFailure(error as Sdk.APIError, endpoint, model);
  // The SDK's word for an event that is no JSON; those of the clouds have plain errors for a frame that is none.
  if (error instanceof SyntaxError || endpoint.cloud) return network(`The reply from ${endpoint.shown} was garbled.`);
  throw error;
}

function apiFailure(error: Sdk.APIError, endpoint: Endpoint, model: string): ModelFailure {
  const status = error.status;
  const said = clip(wordsOf(error).replace(/\s+/g, ' ').trim(), 300);
  const now = Date.now();
  const plan = planReset(error.headers, now);
  const retryAfterMs = plan ?? accessAgain(said, now) ?? retryAfter(error.headers, now);
  const busy = endpoint.cloud && status === 503;
  const code = busy ? 'overloaded' : codeOf(status, error.type, said, plan === undefined ? retryAfterMs : Infinity);
  const elsewhere = status === 404 && error.type !== 'not_found_error' && !endpoint.cloud;
  if (status !== undefined && (status < 400 || elsewhere)) {
    return wrongEndpoint(`${endpoint.shown} is no Messages API (HTTP ${status}): ${addressCure(endpoint)}.`, status);
  }
  return {
    kind: 'failed',
    code,
    message: adviceOn(code, said, endpoint, model),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Amazon's errors have their words at the top of the body and not inside of an `error`. */
function wordsOf(error: Sdk.APIError): string {
  if (error.apiMessage !== null) return error.apiMessage;
  const body: unknown = error.error;
  const own = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof own === 'string' ? own : error.message;
}

const BY_STATUS: Readonly<Record<number, ModelErrorCode>> = {
  401: 'auth',
  402: 'credit',
  403: 'auth',
  404: 'unknown-model',
  408: 'server',
  409: 'server',
  413: 'too-long',
  424: 'server',
  429: 'rate-limited',
  529: 'overloaded',
};

// The types of an error body: https://platform.claude.com/docs/en/api/errors
const BY_TYPE: Readonly<Record<string, ModelErrorCode>> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'credit',
  not_found_error: 'unknown-model',
  request_too_large: 'too-long',
  rate_limit_error: 'rate-limited',
  overloaded_error: 'overloaded',
  api_error: 'server',
  timeout_error: 'server',
  // Those of Amazon Bedrock inside a stream: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html
  throttlingException: 'rate-limited',
  internalServerException: 'server',
  modelStreamErrorException: 'server',
  modelTimeoutException: 'server',
  serviceUnavailableException: 'overloaded',
};

function codeOf(
  status: number | undefined,
  type: string | null,
  said: string,
  retryAfterMs: number | undefined,
): ModelErrorCode {
  const code =
    BY_STATUS[status ?? 0] ?? BY_TYPE[type ?? ''] ?? (status !== undefined && status >= 500 ? 'server' : 'invalid');
  if (code === 'rate-limited' && (retryAfterMs ?? 0) > QUOTA_AFTER_MS) return 'quota';
  if (code !== 'invalid') return code;
  if (/regain access on \d{4}/.test(said)) return 'quota';
  // An error inside a stream has no status, and servers of other makers have no types: their words must do.
  if (/credit balance|billing|purchase credits/i.test(said)) return 'credit';
  if (
    /(prompt|input|request).*too (long|large)|context (limit|length|window|size)|too many (input )?tokens/i.test(said)
  ) {
    return 'too-long';
  }
  if (/model identifier is invalid|reached the end of its life/i.test(said)) return 'unknown-model';
  return status === undefined && type !== 'invalid_request_error' && type !== 'validationException'
    ? 'server'
    : 'invalid';
}

function adviceOn(code: ModelErrorCode, said: string, endpoint: Endpoint, model: string): string {
  switch (code) {
    case 'auth':
      return `${endpoint.shown} refused the key: ${(endpoint.cures ?? CURES).key}. It said: ${said}`;
    case 'credit':
      return `The account has no credit left: add some at the provider's billing page, then resume. It said: ${said}`;
    case 'unknown-model':
      return `${endpoint.shown} has no model ${model}: choose another with --model. It said: ${said}`;
    case 'too-long':
      return `The conversation is too long for ${model}. It said: ${said}`;
    case 'budget':
    case 'invalid':
      if (/(not|n't) support tool/i.test(said)) return noTools(model, said);
      return `${endpoint.shown} refused the request: ${said}`;
    case 'rate-limited':
      return `The rate limit for ${model} is reached: ${said}`;
    case 'quota':
      return `The quota for ${model} is used up: ${said}`;
    case 'overloaded':
      return `${endpoint.shown} is overloaded: ${said}`;
    case 'server':
    case 'network':
    case 'stalled':
      return `${endpoint.shown} failed: ${said}`;
  }
}

/** An agent without tools could do nothing, so it is not asked without them instead. */
function noTools(model: string, said: string): string {
  return `${model} cannot call tools, and an agent needs them: choose a model that can. It said: ${said}`;
}

/** Milliseconds until a spending limit that a person has set ends: it is in the error's words alone. */
function accessAgain(said: string, now: number): number | undefined {
  const [, day, time] = /regain access on (\d{4}-\d\d-\d\d) at (\d\d:\d\d) UTC/.exec(said) ?? [];
  return day === undefined ? undefined : Math.max(0, Date.parse(`${day}T${time}:00Z`) - now);
}

const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ENETDOWN']);
const SILENT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

function connectionFailure(cause: unknown, endpoint: Endpoint): ModelFailure {
  const code = errorCode(cause);
  if (code === 'ECONNREFUSED') {
    return unreachable(`Nothing answers at ${endpoint.shown}: start the server or ${addressCure(endpoint)}.`);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return unreachable(`The name of ${endpoint.shown} is not known: check the network, or ${addressCure(endpoint)}.`);
  }
  if (NO_ROUTE.has(code)) {
    return unreachable(
      `${endpoint.shown} cannot be reached (${code}): check the network, or ${addressCure(endpoint)}.`,
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    const advice = 'check the address, or name its authority in NODE_EXTRA_CA_CERTS';
    return unreachable(`No secure connection to ${endpoint.shown} (${code}): ${advice}.`);
  }
  if (SILENT.has(code)) {
    return stalled(`${endpoint.shown} was silent for ${Math.round(endpoint.idleTimeoutMs / 1000)} s.`);
  }
  if (code === '' || code === 'UND_ERR_INVALID_ARG') throw cause;
  return network(`The connection to ${endpoint.shown} broke (${code}).`);
}

/** The first code along the causes; none for what no transport threw. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return errorCode(first);
}

function addressCure({ cures = CURES }: Endpoint): string {
  return cures.address;
}

function isTransport(error: unknown): boolean {
  return error instanceof TransportError || error instanceof NotAStreamError;
}

/** The SDKs of the clouds say so of keys that cannot be had, and their own words may quote one. */
function noCredentials(cause: unknown, endpoint: Endpoint): ModelFailure {
  const why = cause instanceof Error ? ` (${clip(cause.name, 60)})` : '';
  const { key } = endpoint.cures ?? CURES;
  return { kind: 'failed', code: 'auth', message: `No credentials for ${endpoint.shown}${why}: ${key}.` };
}

function network(message: string): ModelFailure {
  return { kind: 'failed', code: 'network', message };
}

function stalled(message: string): ModelFailure {
  return { kind: 'failed', code: 'stalled', message };
}

function unreachable(message: string): ModelFailure {
  return { kind: 'failed', code: 'network', message, unreachable: true };
}
