import { channel, type ChannelListener } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/node/simulator/record.ts';
import { script, withBench } from '../support/engine.ts';

/** A minute, 30 times as fast: what the limiter knows of time it has from the service's answers. */
const MINUTE_MS = 2_000;
const AGENTS = 200;

const fanOut = (agents: number): string =>
  script(`const all = await parallel(Array.from({ length: ${agents} }, (_, n) => () => agent('Task ' + n)));
return all.filter((answer) => answer !== null).length;`);

interface Wire {
  /** When each request left, by this process's own clock. */
  readonly sent: readonly number[];
  /** When the head of each answer was there, by the id in it. */
  readonly heard: ReadonlyMap<string, number>;
}

/** What this process sends and hears, as the HTTP client sees it. */
async function onTheWire<T>(use: (wire: Wire) => Promise<T>): Promise<T> {
  const sent: number[] = [];
  const heard = new Map<string, number>();
  const onSent: ChannelListener = () => sent.push(performance.now());
  const onHeard: ChannelListener = (message) => {
    const { headers } = (message as { response: { headers: Buffer[] } }).response;
    const names = headers.map(String);
    heard.set(names[names.indexOf('request-id') + 1] ?? '', performance.now());
  };
  channel('undici:client:sendHeaders').subscribe(onSent);
  channel('undici:request:headers').subscribe(onHeard);
  try {
    return await use({ sent, heard });
  } finally {
    channel('undici:client:sendHeaders').unsubscribe(onSent);
    channel('undici:request:headers').unsubscribe(onHeard);
  }
}

/**
 * Requests that arrived inside a pause the service had asked for, without those that had left before this process knew of
 * it: by the end of the pause no more may have arrived than had left when the head of the refusal was there.
 */
function insidePauses(requests: readonly RecordedRequest[], { sent, heard }: Wire): number {
  return requests.reduce((sum, { id, answeredAt, retryAfterMs }) => {
    if (answeredAt === null || retryAfterMs === null) return sum;
    const known = heard.get(id);
    if (known === undefined) throw new Error(`Nobody heard the answer to ${id}`);
    const over = answeredAt + retryAfterMs;
    const arrived = requests.filter(({ at }) => at < over).length;
    return sum + Math.max(0, arrived - sent.filter((at) => at <= known).length);
  }, 0);
}

/** What is wrong is in the text of an answer, which comes a little after its head. */
function sentAfter(heard: number, { sent }: Wire): number {
  return sent.filter((at) => at > heard + 250).length;
}

describe('X07 weather', () => {
  test.each([16, 256])(
    'X07 200 agents, %i at once, 50 requests a minute, bursts of 429 and 529: all finish, none inside a retry-after',
    async (concurrency) => {
      const bursts = { every: [30, 60], lastMs: [50, 200] } as const;
      const limits = { requests: 50, periodMs: MINUTE_MS, bursts };
      await onTheWire((wire) =>
        withBench({ limits, latencyMs: [5, 25] }, async ({ play, simulator }) => {
          const { end } = await play(fanOut(AGENTS), { concurrency });
          expect(end).toMatchObject({ status: 'completed', result: AGENTS });
          const { requests } = simulator;
          const count = (status: number): number => requests.filter((request) => request.status === status).length;
          expect(count(200)).toBe(AGENTS);
          expect(count(429)).toBeGreaterThan(0);
          expect(count(529)).toBeGreaterThan(0);
          expect(requests.length).toBeLessThanOrEqual(1.1 * AGENTS);
          expect(wire.heard.size).toBe(requests.length);
          expect(insidePauses(requests, wire)).toBe(0);
        }),
      );
    },
  );

  test('X07 what a service says of its limits is heeded before it has to refuse', async () => {
    const limits = { requests: 20, periodMs: 1_000 };
    await withBench({ limits, latencyMs: [5, 25] }, async ({ play, simulator }) => {
      const { end } = await play(fanOut(60));
      expect(end).toMatchObject({ status: 'completed', result: 60 });
      expect(simulator.requests.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200));
    });
  });

  test('X07 a quota with a reset time pauses the run, which goes on by itself', async () => {
    const rules = [
      { times: 5, reply: { text: 'done' } },
      { times: 1, reply: { error: { status: 429, retryAfter: 2, plan: true as const } } },
      { reply: { text: 'done' } },
    ];
    await withBench({ rules }, async ({ play, simulator }) => {
      const { end, events } = await play(fanOut(40));
      expect(end).toMatchObject({ status: 'completed', result: 40 });
      const paused = events.find((event) => event.type === 'run.paused');
      const continued = events.find((event) => event.type === 'run.continued');
      if (paused?.type !== 'run.paused' || !continued) throw new Error('It was not paused, or never went on.');
      expect(paused.reason).toBe('quota');
      expect(paused.until).toBeGreaterThanOrEqual(paused.at + 1_900);
      expect(continued.at).toBeGreaterThanOrEqual(paused.until ?? Infinity);
      const refused = simulator.requests.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(1);
      const soon = simulator.requests.filter(({ at }) => at > (refused[0]?.answeredAt ?? 0) + 500 && at < continued.at);
      expect(soon).toEqual([]);
    });
  });

  test.each([401, 402, 404])(
    'X07 a fatal error (%i) stops the run after the first answer, not the hundredth',
    async (status) => {
      const rules = [{ reply: { error: { status } } }];
      await onTheWire((wire) =>
        withBench({ rules }, async ({ play, simulator }) => {
          const { end } = await play(fanOut(100), { concurrency: 64 });
          expect(end.status).toBe('failed');
          expect(sentAfter(Math.min(...wire.heard.values()), wire)).toBe(0);
          // One, and one more for each tenth of a second that its answer takes.
          expect(simulator.count).toBeLessThan(8);
        }),
      );
    },
  );

  test('X07 a key that becomes wrong midway: none is sent after the first that hears of it', async () => {
    const rules = [{ times: 60, reply: { text: 'done' } }, { reply: { error: { status: 401 } } }];
    await onTheWire((wire) =>
      withBench({ rules, latencyMs: [5, 25] }, async ({ play, simulator }) => {
        const { end } = await play(fanOut(AGENTS), { concurrency: 16 });
        expect(end.status).toBe('failed');
        const refused = simulator.requests.filter(({ status }) => status === 401);
        const first = Math.min(...refused.map(({ id }) => wire.heard.get(id) ?? Infinity));
        expect(sentAfter(first, wire)).toBe(0);
        expect(refused.length).toBeLessThanOrEqual(16);
      }),
    );
  });
});
