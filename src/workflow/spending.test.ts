import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../protocol/usage.ts';
import { SpendingSoFar, type SpendingEvent } from './spending.ts';

const MODEL = 'claude-sonnet-5-5';
type Body = SpendingEvent extends infer E ? (E extends { readonly at: number } ? Omit<E, 'at'> : never) : never;

type Events = readonly (readonly [at: number, body: Body])[];

function soFar(events: Events): SpendingSoFar {
  const spending = new SpendingSoFar();
  for (const [at, body] of events) spending.take({ ...body, at });
  return spending;
}

const total = (...events: Events) => soFar(events).total;
const cutShort = (...events: Events) => soFar(events).ended();

const started = { type: 'run.started', caps: { agents: 9 } } as const;
const ended = { type: 'run.ended' } as const;
const queued = (agentId: string, phase: string | null = null, model = MODEL) =>
  ({ type: 'agent.queued', agentId, phase, model }) as const;
const over = (agentId: string) => ({ type: 'agent.ended', agentId }) as const;
const replied = (agentId: string, outputTokens: number, model = MODEL) =>
  ({ type: 'agent.replied', agentId, model, usage: { ...NO_USAGE, outputTokens } }) as const;

describe('what earlier attempts have spent', () => {
  test('W35 what an agent had others do counts for it too, and once for the run', () => {
    const spending = new SpendingSoFar();
    const events: readonly Body[] = [
      started,
      queued('a1'),
      replied('a1', 10),
      { ...queued('a2'), parent: 'a1' },
      { ...queued('a3'), parent: 'a2' },
      replied('a3', 9_000),
      ended,
    ];
    events.forEach((body, at) => spending.take({ ...body, at }));
    const { outputTokens, byAgent } = spending.ended();
    expect(outputTokens).toBe(9_010);
    expect(['a1', 'a2', 'a3'].map((id) => byAgent.get(id)?.outputTokens)).toEqual([9_010, 9_000, 9_000]);
  });

  test('W35 tokens, money and agents, of the run and of each phase; what was charged without an answer too', () => {
    const spent = total(
      [0, started],
      [1, queued('a1', 'Find')],
      [2, replied('a1', 1_000)],
      [3, { ...replied('a1', 500), type: 'agent.charged' }],
      [4, queued('a2')],
      [5, replied('a2', 1_000, 'claude-opus-5-5')],
      [6, over('a1')],
      [10, ended],
      [90, started],
      [91, queued('a1', 'Find')],
      [91, over('a1')],
      [92, queued('a2.1')],
      [95, ended],
    );
    expect(spent).toMatchObject({ outputTokens: 2_500, agents: 3, ms: 15 });
    expect(spent.usd).toBeCloseTo(0.035, 9);
    expect(spent.phases.get('Find')).toMatchObject({ outputTokens: 1_500, agents: 1, ms: 5 });
  });

  test('W35 an attempt that was cut short ends with its last event', () => {
    const spent = total(
      [0, started],
      [1, queued('a1', 'Find')],
      [40, replied('a1', 1)],
      [1_000, started],
      [1_007, ended],
    );
    expect(spent.ms).toBe(47);
    expect(spent.phases.get('Find')?.ms).toBe(39);
  });

  test('W35 what was under way when its process died is estimated, also where nothing had been answered yet', () => {
    const begun = (id: string) => ({ type: 'agent.started', agentId: id }) as const;
    const under = [
      [0, started],
      [1, queued('a1', 'Find')],
      [2, begun('a1')],
      [3, queued('a2')],
      [4, begun('a2')],
    ] as const;
    expect(cutShort(...under).outputTokens).toBe(512);
    expect(cutShort(...under).usd).toBeGreaterThan(0);
    expect(cutShort(...under, [5, replied('a1', 1_000)]).outputTokens).toBe(3_000);
  });

  test('W35 what a run stood still does not count', () => {
    const spent = total(
      [0, started],
      [0, queued('a1', 'Find')],
      [10, { type: 'run.paused' }],
      [20, { type: 'run.paused' }],
      [50, { type: 'run.continued' }],
      [60, over('a1')],
      [70, { type: 'run.paused' }],
      [80, { type: 'run.continued' }],
      [90, ended],
    );
    expect(spent.ms).toBe(40);
    expect(spent.phases.get('Find')?.ms).toBe(20);
  });

  test.each([
    { name: 'as it was started', events: [[0, started]] as const, caps: { agents: 9 } },
    {
      name: 'as an older version wrote them',
      events: [[0, { type: 'run.started', budget: 500 }]] as const,
      caps: { outputTokens: 500 },
    },
    { name: 'none', events: [[0, { type: 'run.started', budget: null }]] as const, caps: {} },
    {
      name: 'as a person changed them',
      events: [
        [0, { type: 'run.started', caps: { usd: 5, perAgent: { usd: 1 } } }],
        [1, { type: 'run.changed', caps: { usd: 9 } }],
      ] as const,
      caps: { usd: 9, perAgent: { usd: 1 } },
    },
  ])('W35 caps: $name', ({ events, caps }) => expect(total(...events).caps).toEqual(caps));

  test('W35 a reply without a known price: by the model that was asked for, else the sum is not known', () => {
    expect(total([0, started], [1, queued('a1')], [2, replied('a1', 1_000, 'proxy')]).usd).toBeCloseTo(0.01, 9);
    expect(total([0, started], [1, queued('a1', null, 'qwen3')], [2, replied('a1', 1_000, 'qwen3')]).usd).toBeNull();
  });
});
