import { describe, expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { LimitState, type ServiceLimits } from './serviceLimits.ts';

const NOW = Date.parse('2026-05-01T12:00:00.000Z');

function serviceOf(limits: ServiceLimits) {
  const state = new LimitState(limits, seededRandom(3));
  return (atMs: number) => {
    const { error, headers } = state.admit(NOW + atMs);
    return { status: error?.status ?? 200, headers };
  };
}

describe('X07 a service with limits', () => {
  test('takes its limit at once and then as many as fill up again, and says so', () => {
    const ask = serviceOf({ requests: 3, periodMs: 3000 });
    expect(ask(0).headers).toEqual({
      'anthropic-ratelimit-requests-limit': '3',
      'anthropic-ratelimit-requests-remaining': '2',
      'anthropic-ratelimit-requests-reset': '2026-05-01T12:00:01.000Z',
    });
    expect([ask(0).status, ask(0).status]).toEqual([200, 200]);
    const refused = ask(100);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1', 'retry-after-ms': '900' } });
    expect(ask(999).status).toBe(429);
    expect(ask(1000).status).toBe(200);
    expect(ask(1000).status).toBe(429);
    expect(ask(60_000).headers['anthropic-ratelimit-requests-remaining']).toBe('2');
  });

  test('now and then refuses whatever comes, for as long as it says', () => {
    const ask = serviceOf({ requests: 1000, bursts: { every: 5, lastMs: 200 } });
    const seen = Array.from({ length: 400 }, (_, n) => ask(n * 10));
    const refused = seen.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429, 529]));
    expect(seen.slice(0, 6).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, refused[0]?.status]);
    for (const [at, { status, headers }] of seen.entries()) {
      if (status !== 429) continue;
      const over = at * 10 + Number(headers['retry-after-ms']);
      expect(seen.slice(at, Math.ceil(over / 10)).every((other) => other.status === 429)).toBe(true);
      expect(seen[over / 10]?.status ?? 200).toBe(200);
    }
  });
});
