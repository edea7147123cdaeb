import type { ReplyError } from './reply.ts';

/** An error in the API's shape: https://docs.claude.com/en/api/errors */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

const KNOWN: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'The request is invalid.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'Not found'],
  408: ['timeout_error', 'Request timeout'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', "This request would exceed your organization's rate limit."],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'Gateway timeout'],
  529: ['overloaded_error', 'Overloaded'],
};

/** The error of a status, with the words the API uses unless others are given. */
export function apiError(status: number, message?: string): ApiError {
  return errorOf(message === undefined ? { status } : { status, message }, 0);
}

/** `now`: milliseconds since 1970, for the time at which the limits are full again. */
export function errorOf(error: ReplyError, now: number): ApiError {
  const [type, message] =
    KNOWN[error.status] ?? (error.status < 500 ? ['invalid_request_error', 'Error'] : ['api_error', 'Error']);
  const retryAfter = error.retryAfter ?? 1;
  const headers: Record<string, string> =
    error.status !== 429 ? {} : error.plan ? planHeaders(retryAfter, now) : rateLimitHeaders(retryAfter, now);
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  return { status: error.status, type: error.type ?? type, message: error.message ?? message, headers };
}

export function errorBody(error: ApiError, requestId: string): string {
  return JSON.stringify({ type: 'error', error: { type: error.type, message: error.message }, request_id: requestId });
}

/** An exhausted plan, whose reset is in whole seconds since 1970. */
function planHeaders(retryAfter: number, now: number): Record<string, string> {
  return {
    'retry-after': String(retryAfter),
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': String(Math.ceil(now / 1000 + retryAfter)),
  };
}

/** Exhausted limits: https://docs.claude.com/en/api/rate-limits#response-headers */
function rateLimitHeaders(retryAfter: number, now: number): Record<string, string> {
  const reset = new Date(now + retryAfter * 1000).toISOString();
  const headers: Record<string, string> = { 'retry-after': String(retryAfter) };
  for (const [kind, limit] of [
    ['requests', '50'],
    ['tokens', '50000'],
    ['input-tokens', '40000'],
    ['output-tokens', '10000'],
  ] as const) {
    headers[`anthropic-ratelimit-${kind}-limit`] = limit;
    headers[`anthropic-ratelimit-${kind}-remaining`] = '0';
    headers[`anthropic-ratelimit-${kind}-reset`] = reset;
  }
  return headers;
}
