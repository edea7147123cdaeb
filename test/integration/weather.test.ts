import { channel, type ChannelListener } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EngineHost } from '../../src/host/engineHost.ts';
import { createEngine, type Engine, type EngineOptions } from '../../src/node/createEngine.ts';
import { createEngineCommons } from '../../src/node/engineCommons.ts';
import { ServedEngines } from '../../src/node/serve/servedEngines.ts';
import { DEFAULT_SANDBOX } from '../../src/node/shellSandbox/sandboxSettings.ts';
import type { RecordedRequest } from '../../src/node/simulator/record.ts';
import { engineOptions, finish, script, withBench, type Bench } from '../support/engine.ts';

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

interface SeveralEngines {
  readonly engines: readonly Engine[];
  readonly close: () => Promise<void>;
}

const OFF = { ...DEFAULT_SANDBOX, mode: 'off' } as const;
/** Of two runs; what is not the same needs an engine of its own. */
const SETTINGS = [OFF, { ...OFF, allowedDomains: ['example.org'] }] as const;

const MAKERS: Record<string, (options: EngineOptions) => Promise<SeveralEngines>> = {
  'dwf serve': async (options) => {
    const served = new ServedEngines({
      sourceOf: () => Promise.resolve(options.model),
      createEngine: (model, { sandbox = OFF }, commons) => createEngine({ ...options, model, sandbox, commons }),
    });
    const engines = await Promise.all(SETTINGS.map((sandbox) => served.engineFor({ sandbox })));
    return { engines, close: () => served.close() };
  },
  'the editor': async ({ model, ...options }) => {
    let sandbox: EngineOptions['sandbox'] = OFF;
    const host = new EngineHost(() => ({ ...options, ...(sandbox && { sandbox }) }));
    const engines: Engine[] = [];
    for (sandbox of SETTINGS) engines.push(await host.engineFor(model));
    return { engines, close: () => host.close() };
  },
};

async function playIn(engine: Engine | undefined, { cwd }: Bench, text: string) {
  if (!engine) throw new Error('There is no such engine.');
  return finish(engine, await engine.launch({ script: text, cwd, permissionMode: 'bypass', attended: false }));
}

describe('engines of one process', () => {
  test.each(Object.entries(MAKERS))(
    'X07 what a run is told to wait for holds those of other settings too: %s',
    async (_name, make) => {
      const rules = [{ times: 1, reply: { error: { status: 429, retryAfter: 2 } } }, { reply: { text: 'done' } }];
      await onTheWire((wire) =>
        withBench({ rules }, async (bench) => {
          const { simulator, home } = bench;
          const { engines, close } = await make(engineOptions(simulator, home, {}));
          try {
            const [one, other] = engines;
            expect(one).not.toBe(other);
            const first = playIn(one, bench, fanOut(1));
            await expect.poll(() => wire.heard.size, { timeout: 10_000 }).toBe(1);
            const ends = [await playIn(other, bench, fanOut(1)), await first];
            expect(ends.map(({ end }) => end.result)).toEqual([1, 1]);
            expect(simulator.requests.map(({ status }) => status)).toEqual([429, 200, 200]);
            expect(insidePauses(simulator.requests, wire)).toBe(0);
          } finally {
            await close();
          }
        }),
      );
    },
  );

  test('W37 run no more commands together than one would', async () => {
    const command = 'echo begins >> log; sleep 0.2; echo ends >> log';
    const rules = [
      { when: { turn: 0 }, reply: { tools: [{ name: 'Bash', input: { command } }] } },
      { reply: { text: 'done' } },
    ];
    await withBench({ rules }, async (bench) => {
      const commons = createEngineCommons();
      commons.gate.concurrency = 1;
      const options = { ...engineOptions(bench.simulator, bench.home, {}), commons };
      const engines = await Promise.all([createEngine(options), createEngine(options)]);
      try {
        await Promise.all(engines.map((engine) => playIn(engine, bench, fanOut(2))));
      } finally {
        await Promise.all(engines.map((engine) => engine.close()));
      }
      expect(await readFile(join(bench.cwd, 'log'), 'utf8')).toBe('begins\nends\n'.repeat(4));
    });
  });
});
