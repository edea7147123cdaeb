import { describe, expect, test } from 'vitest';
import { planReset, replyHead, retryAfter } from './rateLimits.ts';

const NOW = Date.parse('2026-05-01T12:00:00.000Z');
const later = (ms: number, from = NOW): string => new Date(from + ms).toISOString();

function limit(kind: string, remaining: number, resetMs: number, from = NOW): Record<string, string> {
  return {
    [`anthropic-ratelimit-${kind}-limit`]: '50',
    [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${kind}-reset`]: later(resetMs, from),
  };
}

describe('X07 the head of an answer', () => {
  const cases: { name: string; status?: number; headers: Record<string, string>; head: object }[] = [
    { name: 'of a service that says nothing', headers: {}, head: { accepted: true } },
    {
      name: 'of a refusal',
      status: 429,
      headers: { 'retry-after': '7' },
      head: { accepted: false, retryAfterMs: 7000 },
    },
    {
      name: 'with requests left',
      headers: limit('requests', 49, 1200),
      head: { accepted: true, requests: { left: 49, resetMs: 1200 } },
    },
    {
      name: 'with a reset that is over',
      headers: limit('requests', 50, -1000),
      head: { accepted: true, requests: { left: 50, resetMs: 0 } },
    },
    {
      name: 'with tokens left, of which there is nothing to say',
      headers: { ...limit('tokens', 9000, 60_000), ...limit('input-tokens', 1000, 30_000) },
      head: { accepted: true },
    },
    {
      name: 'without tokens of two kinds: the later reset counts',
      headers: {
        ...limit('input-tokens', 0, 9000),
        ...limit('output-tokens', 0, 40_000),
        ...limit('tokens', 1000, 60_000),
      },
      head: { accepted: true, noTokensForMs: 40_000 },
    },
    {
      name: 'of a service whose clock is an hour ahead',
      headers: { date: new Date(NOW + 3_600_000).toUTCString(), ...limit('requests', 0, 9000, NOW + 3_600_000) },
      head: { accepted: true, requests: { left: 0, resetMs: 9000 } },
    },
    {
      name: 'with nonsense',
      headers: { 'anthropic-ratelimit-requests-remaining': 'few', 'retry-after': 'soon' },
      head: { accepted: true },
    },
  ];
  test.each(cases)('$name', ({ status = 200, headers, head }) => {
    expect(replyHead(status, new Headers(headers), NOW)).toEqual(head);
  });
});

test.each([
  { says: { 'retry-after': '2' }, ms: 2000 },
  { says: { 'retry-after': '1', 'retry-after-ms': '350' }, ms: 350 },
  { says: { 'retry-after': new Date(NOW + 90_000).toUTCString() }, ms: 90_000 },
  { says: { 'retry-after': new Date(NOW - 90_000).toUTCString() }, ms: 0 },
  { says: {}, ms: undefined },
])('retry-after as $says', ({ says, ms }) => {
  expect(retryAfter(new Headers(says as Record<string, string>), NOW)).toBe(ms);
});

test.each([
  { status: 'rejected', ms: 3_600_000 },
  { status: 'allowed_warning', ms: undefined },
])('X07 a plan whose state is $status', ({ status, ms }) => {
  const reset = String(NOW / 1000 + 3600);
  const headers = { 'anthropic-ratelimit-unified-status': status, 'anthropic-ratelimit-unified-reset': reset };
  expect(planReset(new Headers(headers), NOW)).toBe(ms);
});
