import type { ReplyHead } from '../engine/model.ts';

/** A clock that is wrong by less is taken to be right: the `date` header knows whole seconds only. */
const SKEW_MS = 5_000;
const TOKENS = ['tokens', 'input-tokens', 'output-tokens'] as const;

/**
 * How the service stands with its limits, from the head of any answer of it. A `…-reset` is the time at which that limit
 * is there as a whole again: https://platform.claude.com/docs/en/api/rate-limits#response-headers
 */
export function replyHead(status: number, headers: Headers, now: number): ReplyHead {
  const retryAfterMs = retryAfter(headers, now);
  const requests = allowance(headers, 'requests', now);
  const empty = TOKENS.map((kind) => allowance(headers, kind, now)).filter((limit) => limit?.left === 0);
  const noTokensForMs = Math.max(0, ...empty.map((limit) => limit?.resetMs ?? 0));
  return {
    accepted: status >= 200 && status < 300,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requests !== undefined && { requests }),
    ...(noTokensForMs > 0 && { noTokensForMs }),
  };
}

/** Milliseconds until the service wants to be asked again. It says milliseconds, seconds, or a date. */
export function retryAfter(headers: Headers | undefined, now: number): number | undefined {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const value = headers?.get('retry-after');
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - serverTime(headers, now));
}

/**
 * Milliseconds until an account's plan has something left again, where it is the plan that refused; seconds since 1970
 * on the wire.
 */
export function planReset(headers: Headers | undefined, now: number): number | undefined {
  if (headers?.get('anthropic-ratelimit-unified-status') !== 'rejected') return undefined;
  const reset = Number(headers.get('anthropic-ratelimit-unified-reset') ?? NaN) * 1000;
  return Number.isFinite(reset) ? Math.max(0, reset - serverTime(headers, now)) : undefined;
}

function allowance(headers: Headers, kind: string, now: number) {
  const left = Number.parseInt(headers.get(`anthropic-ratelimit-${kind}-remaining`) ?? '', 10);
  const reset = Date.parse(headers.get(`anthropic-ratelimit-${kind}-reset`) ?? '');
  if (Number.isNaN(left) || Number.isNaN(reset)) return undefined;
  return { left: Math.max(0, left), resetMs: Math.max(0, reset - serverTime(headers, now)) };
}

/** Times in headers are the service's, and so is the clock that they are measured by. */
function serverTime(headers: Headers | undefined, now: number): number {
  const date = Date.parse(headers?.get('date') ?? '');
  return Math.abs(date - now) > SKEW_MS ? date : now;
}
